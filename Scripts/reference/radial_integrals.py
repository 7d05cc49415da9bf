# SPDX-License-Identifier: GPL-3.0-or-later
"""Radial Fourier integrals to 25 digits, for Tests/FieldTheoriesTests/RadialIntegralTests.swift.

  hard:     I_s(r) = (2 pi)^-d int_{|k|<Lambda} d^dk (k^2+m^2)^-s cos k.r
  gaussian: the same with exp(-k^2/(2 Lambda^2)) instead of the ball

By composite 40-point Gauss-Legendre in 30 digits, on panels that hold at most 8 radians and are no wider than their distance from
k = +-i m; the hard cases s = 1, d = 1 and 3 by the closed forms in exponential integrals (and one of them both ways); the gaussian
cases at large m r by Schwinger's representation, by the same rule in ln t on panels of the saddle's width; checked where
G_Lambda(r) = G_inf(r) exp(m^2/(2 Lambda^2)), which holds up to exp(-(r Lambda)^2/2).

Run: python3 Scripts/reference/radial_integrals.py > Tests/Fixtures/reference/radial_integrals.json
"""
import datetime
import json
import platform
import sys

import mpmath as mp

mp.mp.dps = 30
NODES = None


def rule():
    global NODES
    if NODES is None:
        n = 40
        NODES = []
        for i in range(n):
            t = mp.cos(mp.pi * (i + mp.mpf(3) / 4) / (n + mp.mpf(1) / 2))
            for _ in range(8):
                p, q = mp.legendre(n, t), mp.legendre(n - 1, t)
                t -= p * (t * t - 1) / (n * (t * p - q))
            slope = n * (t * mp.legendre(n, t) - mp.legendre(n - 1, t)) / (t * t - 1)
            NODES.append((t, 2 / ((1 - t * t) * slope**2)))
    return NODES


def omega(d, x):
    if x == 0:
        return mp.mpf(1)
    return [mp.cos(x), None, mp.sin(x) / x, None][d - 1] if d % 2 else (mp.besselj(0, x) if d == 2 else 2 * mp.besselj(1, x) / x)


def brute(kind, d, m, cutoff, s, r):
    m, cutoff, s, r = map(mp.mpf, (m, cutoff, s, r))
    measure = 2 * mp.pi ** (mp.mpf(d) / 2) / mp.gamma(mp.mpf(d) / 2) / (2 * mp.pi) ** d
    end = cutoff if kind == "hard" else 13 * cutoff
    total, low = mp.mpf(0), mp.mpf(0)
    while low < end:
        width = mp.sqrt(low * low + m * m)
        if r > 0:
            width = min(width, 8 / r)
        if kind == "gaussian":
            width = min(width, cutoff)
        high = min(low + width, end)
        middle, half = (low + high) / 2, (high - low) / 2
        for t, weight in rule():
            k = middle + half * t
            f = k ** (d - 1) * (k * k + m * m) ** (-s) * omega(d, k * r)
            if kind == "gaussian":
                f *= mp.exp(-k * k / (2 * cutoff**2))
            total += half * weight * f
        low = high
    return measure * total


def closed(d, m, cutoff, r):
    m, cutoff, r = map(mp.mpf, (m, cutoff, r))
    a = mp.exp(-m * r) * mp.e1(mp.mpc(-m * r, -cutoff * r))
    b = mp.exp(m * r) * mp.e1(mp.mpc(m * r, -cutoff * r))
    if d == 1:
        return mp.exp(-m * r) / (2 * m) - mp.im(a - b) / (2 * mp.pi * m)
    return mp.exp(-m * r) / (4 * mp.pi * r) - mp.im(a + b) / (4 * mp.pi**2 * r)


def schwinger(d, m, cutoff, s, r):
    m, cutoff, s, r = map(mp.mpf, (m, cutoff, s, r))
    tau = 1 / (2 * cutoff**2)

    def f(u):
        t = mp.exp(u)
        return mp.exp(s * u - t * m * m - r * r / (4 * (t + tau))) * (4 * mp.pi * (t + tau)) ** (-mp.mpf(d) / 2)

    # The saddle has the width 1/sqrt(m r) in u, which adaptive quadrature over fixed intervals misses by up to 1e-3.
    low, end = mp.log(tau) - 75 / s, mp.log(100 / m**2 + r / m) + 3
    panels = int(mp.ceil((end - low) * mp.sqrt(1 + m * r)))
    half = (end - low) / (2 * panels)
    total = mp.fsum(weight * f(low + (2 * i + 1 + t) * half) for i in range(panels) for t, weight in rule())
    return half * total / mp.gamma(s)


records = []


def add(kind, d, m, cutoff, s, r, value, how):
    records.append({"kind": kind, "d": d, "m": m, "cutoff": cutoff, "s": s, "r": r, "value": float(value), "how": how})
    print(records[-1], file=sys.stderr)


for d in (1, 3):
    for m, cutoff, r in ((1, 10, 0.3), (1, 10, 7.7), (0.1, 50, 13.0), (1, 1000, 1.0), (1, 1000, 100.0), (2, 5e4, 2.0)):
        add("hard", d, m, cutoff, 1, r, closed(d, m, cutoff, r), "closed form")
    assert mp.almosteq(brute("hard", d, 1, 10, 1, 7.7), closed(d, 1, 10, 7.7), 1e-22)
for d in (1, 2, 3, 4):
    for s, m, cutoff, r in (
        (0, 1, 8, 2.3), (-1, 1, 8, 2.3), (-0.5, 1, 8, 40.0), (1.5, 1, 8, 0.7), (2, 0.01, 10, 30.0), (3, 0.5, 100, 5.0), (2, 1, 300, 20.0),
    ):
        add("hard", d, m, cutoff, s, r, brute("hard", d, m, cutoff, s, r), "quadrature")
    for s, m, cutoff, r in ((0, 1, 10, 0.11), (-1, 1, 10, 0.2), (-0.5, 1, 100, 0.01), (1, 1, 100, 1.0), (1, 1, 3, 0.0), (0.3, 1, 10, 1.1)):
        add("gaussian", d, m, cutoff, s, r, brute("gaussian", d, m, cutoff, s, r), "quadrature")
    for s, m, cutoff, r in ((1, 1, 100, 60.0), (2, 1, 100, 300.0), (0.05, 1, 10, 3.0), (3, 0.2, 50, 1.0), (1, 5, 2, 4.0)):
        add("gaussian", d, m, cutoff, s, r, schwinger(d, m, cutoff, s, r), "Schwinger")
    limit = [mp.exp(-60) / 2, mp.besselk(0, 60) / (2 * mp.pi), mp.exp(-60) / (240 * mp.pi), mp.besselk(1, 60) / (240 * mp.pi**2)][d - 1]
    assert mp.almosteq(schwinger(d, 1, 100, 1, 60), limit * mp.exp(mp.mpf(1) / 20000), 1e-22)
for d in (2, 4):
    add("hard", d, 1, 10, 1, 0.3, brute("hard", d, 1, 10, 1, 0.3), "quadrature")
    add("hard", d, 1, 1000, 1, 10.0, brute("hard", d, 1, 1000, 1, 10.0), "quadrature")
    add("hard", d, 1, 1000, 1, 100.0, brute("hard", d, 1, 1000, 1, 100.0), "quadrature")

json.dump(
    {
        "title": "Radial Fourier integrals of powers of the propagator",
        "command": "python3 Scripts/reference/radial_integrals.py > Tests/Fixtures/reference/radial_integrals.json",
        "versions": {"python": platform.python_version(), "mpmath": mp.__version__},
        "date": datetime.date.today().isoformat(),
        "accuracy": "1e-16 (rounding of the printed double)",
        "records": records,
    },
    sys.stdout,
    indent=1,
)
print()
