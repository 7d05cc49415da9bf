# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of autocorrelated and weighted data by independent codes, for Tests/ErrorAnalysisTests.

  gamma   pyerrors.Obs.gamma_method: deterministic series and 75 random AR(1) chains (single, several replicas, gapped)
  pareto  the shape k of arviz.psislw
  fits    scipy.optimize.least_squares, numpy.linalg; the shrinkage of Schaefer and Strimmer from its formulas

The chains themselves are not stored: `chain` below is repeated in the tests with the same integer arithmetic.

Run: python3 Scripts/reference/error_analysis.py > Tests/Fixtures/reference/error_analysis.json
Needs: pip install pyerrors arviz
"""
import datetime
import json
import math
import platform
import random

import autograd.numpy as anp
import arviz
import numpy as np
import pyerrors as pe
import scipy
import scipy.optimize
import scipy.stats


class Congruential:
    """Knuth's 64-bit linear congruential generator; 53-bit uniforms in [0, 1)."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) * 2.0**-53


OFFSETS = [2.0, 3.0, 1.5]


def chain(case):
    """Replicas of AR(1) primaries x_p <- a x_p + (u - 1/2), measured at steps `stride` apart, some of them lost."""
    g = Congruential(case["seed"])
    primaries = case["primaries"]
    replicas = []
    for replica in case["replicas"]:
        x = [0.0] * primaries
        steps, data = [], [[] for _ in range(primaries)]
        for t in range(50 + replica["length"]):
            for p in range(primaries):
                x[p] = case["a"] * x[p] + (g.next() - 0.5)
            if t < 50 or (replica["holes"] > 0 and g.next() < replica["holes"]):
                continue
            steps.append((t - 50) * replica["stride"] + 1)
            for p in range(primaries):
                data[p].append(OFFSETS[p] + x[p] + (0.5 * x[0] if p > 0 else 0.0))
        replicas.append((steps, data))
    return replicas


FUNCTIONS = {
    "mean": lambda x: x[0],
    "ratio": lambda x: x[0] / x[1],
    "logarithm": lambda x: anp.log(x[0] / x[1]),
    "polynomial": lambda x: x[0] * x[2] - x[1] ** 2,
}


def series(name):
    return {
        "alternating": np.tile([1.0, -1.0], 1000),
        "zeros": np.zeros(1195),
        "sine": np.sin(np.sqrt(2) * np.pi * np.arange(1812)),
    }[name]


def result(o, names, **kwargs):
    o.gamma_method(**kwargs)
    e = o.e_names[0]
    return {
        "value": float(o.value), "error": float(o.dvalue), "errorOfError": float(o.ddvalue),
        "time": float(o.e_tauint[e]), "timeError": float(o.e_dtauint[e]), "window": int(o.e_windowsize[e]),
        "replicaValues": [float(o.r_values[n]) for n in names],
    }


def gamma(case):
    if "series" in case:
        return result(pe.Obs([series(case["series"])], ["t"]), ["t"], S=case["S"])
    replicas = chain(case)
    names = ["A|r%02d" % r for r in range(len(replicas))]
    observables = [
        pe.Obs([np.array(data[p]) for _, data in replicas], names, idl=[steps for steps, _ in replicas])
        for p in range(case["primaries"])
    ]
    o = pe.derived_observable(FUNCTIONS[case["function"]], observables)
    return result(o, names, S=case["S"])


def gamma_cases():
    r = random.Random(20041)
    cases = [{"series": s, "S": S} for s in ("alternating", "zeros", "sine") for S in (2.0, 0.0)]
    for i in range(100):
        kind = ("single", "replicas", "gapped")[i % 3]
        function = r.choice(list(FUNCTIONS))
        primaries = {"mean": 1, "ratio": 2, "logarithm": 2, "polynomial": 3}[function]
        stride = r.choice([1, 1, 2, 5])
        replicas = [
            {
                "length": r.randint(200, 1000),
                "stride": stride * (r.choice([1, 2]) if kind == "replicas" and i % 2 else 1),
                "holes": r.choice([0.02, 0.1, 0.4]) if kind == "gapped" else 0.0,
            }
            for _ in range(1 if kind == "single" else r.randint(1 if kind == "gapped" else 2, 4))
        ]
        if kind == "gapped" and len(replicas) > 1:
            replicas[0]["holes"] = 0.0
        cases.append({
            "seed": r.getrandbits(63), "a": r.choice([0.0, -0.3, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95]), "primaries": primaries,
            "function": function, "replicas": replicas, "S": r.choice([2.0, 2.0, 2.0, 1.5, 3.0, 0.0 if i % 10 == 0 else 2.0]),
        })
        # A quarter of the cases is left out; both choices are only taken so that the others stay what they are.
        if r.choice([False, False, False, True]):
            cases.pop()
        r.choice([1.0, 2.0])
    return cases


def pareto_cases():
    """Weights u^-k, i.e. a Pareto tail of shape k, times exp(shift)."""
    r = random.Random(3)
    for count in (24, 25, 30, 100, 1000, 5000):
        for k in (0.1, 0.5, 0.9, 1.5):
            case = {"seed": r.getrandbits(63), "count": count, "k": k, "shift": r.choice([0.0, -2000.0, 900.0])}
            g = Congruential(case["seed"])
            logs = np.array([case["shift"] - k * math.log(1 - g.next()) for _ in range(count)])
            weights = np.exp(logs - logs.max())
            case["shape"] = float(arviz.psislw(logs.copy())[1])
            case["effectiveSamples"] = float(weights.sum() ** 2 / (weights**2).sum())
            case["largestShare"] = float(1 / weights.sum())
            case["logMean"] = float(scipy.special.logsumexp(logs) - math.log(count))
            yield case


def normal_like(g):
    """A sum of four uniforms of mean 0: as good as normal here."""
    return g.next() + g.next() + g.next() + g.next() - 2


def fit_data(case):
    """Bins of correlated points y_i = model(x_i) + noise; noise_i = 0.5 common + own, times 0.01 (i + 1)."""
    g = Congruential(case["seed"])
    x, bins = case["x"], case["bins"]
    rows = []
    for _ in range(bins):
        common = normal_like(g)
        rows.append([case["truth"][i] + 0.01 * (i + 1) * (0.5 * common + normal_like(g)) for i in range(len(x))])
    y = np.array(rows)
    deviations = (y - y.mean(axis=0)) / math.sqrt(bins * (bins - 1))
    return y, y.mean(axis=0), deviations


def shrunk(deviations):
    """Schaefer and Strimmer 2005, target D (diagonal, unequal variances) with unbiased variances; eq. of table 2."""
    n = len(deviations)
    z = deviations / np.sqrt((deviations**2).sum(axis=0)) * math.sqrt(n - 1)
    r = z.T @ z / (n - 1)
    w = z[:, :, None] * z[:, None, :]
    variance = n / (n - 1) ** 3 * ((w - w.mean(axis=0)) ** 2).sum(axis=0)
    off = ~np.eye(len(r), dtype=bool)
    return float(min(1, max(0, variance[off].sum() / (r[off] ** 2).sum())))


MODELS = {
    "inverse-powers": lambda x, p: p[0] + p[1] / x + p[2] / x**2,
    "exponential": lambda x, p: p[0] * np.exp(-p[1] * x),
    "cosh": lambda x, p: p[0] * np.cosh(p[1] * (x - 8)),
}


def fit_cases():
    r = random.Random(5)
    shapes = [
        ("inverse-powers", [4.0, 5.0, 8.0, 10.0, 16.0, 32.0, 64.0], [1.2, -0.7, 2.0]),
        ("exponential", [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 0.4]),
        ("cosh", [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [0.2, 0.3]),
    ]
    for model, x, p in shapes:
        for bins, fixed in ((40, 0.0), (200, 0.0), (12, 0.3)):
            case = {"model": model, "x": x, "bins": bins, "seed": r.getrandbits(63), "fixedShrinkage": fixed,
                    "truth": [float(t) for t in MODELS[model](np.array(x), p)], "start": [1.3 * v for v in p]}
            rows, y, deviations = fit_data(case)
            full = deviations.T @ deviations
            used = (1 - fixed) * full + fixed * np.diag(np.diag(full))
            case["shrinkage"] = shrunk(deviations)
            white = np.linalg.inv(np.linalg.cholesky(used))
            residual = lambda q: white @ (y - MODELS[model](np.array(x), q))
            fit = scipy.optimize.least_squares(
                residual, p, jac="3-point", xtol=1e-15, ftol=1e-15, gtol=1e-15, x_scale="jac")
            # Polished by Gauss-Newton with exact gradients (complex steps).
            q = np.array(fit.x)
            for _ in range(30):
                jacobian = np.array([
                    np.imag(MODELS[model](np.array(x), q + 1e-30j * np.eye(len(p))[k])) / 1e-30
                    for k in range(len(p))]).T
                q = q + np.linalg.lstsq(white @ jacobian, residual(q), rcond=None)[0]
            weight = np.linalg.inv(used)
            inner = np.linalg.inv(jacobian.T @ weight @ jacobian)
            covariance, expected = inner, len(x) - len(p)
            if fixed > 0:
                # Each bin against the mean of the others, weighted by the covariance of the others.
                covariance, expected = 0, 0
                for j in range(bins):
                    others = np.delete(rows, j, axis=0)
                    held = np.cov(others.T) / bins
                    weight = np.linalg.inv((1 - fixed) * held + fixed * np.diag(np.diag(held)))
                    delta = (rows[j] - others.mean(axis=0)) * math.sqrt((bins - 1) / bins**3)
                    response = np.linalg.solve(jacobian.T @ weight @ jacobian, jacobian.T @ weight @ delta)
                    rest = delta - jacobian @ response
                    covariance = covariance + np.outer(response, response)
                    expected += rest @ weight @ rest
            chi2, dof = float((residual(q) ** 2).sum()), len(x) - len(p)
            case["parameters"] = [float(v) for v in q]
            case["chiSquared"] = chi2
            case["expectedChiSquared"] = float(expected)
            case["covariance"] = [float(v) for v in covariance.ravel()]
            case["pValue"] = float(scipy.stats.f.sf((bins - dof) / (dof * (bins - 1)) * chi2, dof, bins - dof))
            yield case


print(json.dumps({
    "command": "python3 Scripts/reference/error_analysis.py", "date": datetime.date.today().isoformat(),
    "versions": {"python": platform.python_version(), "pyerrors": pe.__version__,
                 "arviz": arviz.__version__, "numpy": np.__version__, "scipy": scipy.__version__},
    "gamma": [dict(c, result=gamma(c)) for c in gamma_cases()],
    "pareto": list(pareto_cases()), "fits": list(fit_cases()),
}, indent=None, separators=(",", ":")).replace('{"s', '\n{"s').replace('{"model', '\n{"model'))
