# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers, each at its best on one thread. A peer gets its inputs ready made; only its own work is timed."""

import time

import numpy as np

try:
    import gstools_core
except ImportError:
    gstools_core = None
try:
    import finufft
except ImportError:
    finufft = None

ACCURACY = 1e-9


def seconds(work, count: int) -> float:
    """CPU seconds of this process an evaluation; every peer runs one thread."""
    start = time.process_time()
    for index in range(count):
        work(index)
    return (time.process_time() - start) / count


def evaluations(measure, budget: float) -> tuple[float, int]:
    """Seconds an evaluation by `measure(count)`, and how many fill `budget` seconds; a first, cold one does not count."""
    measure(1)
    took = measure(1)
    if took < budget / 4:
        took = measure(max(1, min(20, int(budget / 4 / max(took, 1e-7)))))
    return took, max(1, min(100_000, round(budget / max(took, 1e-8))))


def quickest(work) -> float:
    """Seconds of one evaluation, for the choice between variants of a peer."""
    return min(evaluations(lambda count: seconds(work, count), 0.02)[0] for _ in range(2))


def coordinates(shape, spacing: float) -> np.ndarray:
    """Sites of a centred open lattice, d x sites, row-major."""
    axes = [spacing * (np.arange(length) - (length - 1) / 2) for length in shape]
    return np.stack([x.ravel() for x in np.meshgrid(*axes, indexing="ij")])


class Judge:
    """Relative l2 error of fields against the plain cosine sum at 512 random sites."""

    def __init__(self, networks, shape, spacing):
        x = coordinates(shape, spacing)
        self.sites = np.random.default_rng(1).choice(x.shape[1], min(512, x.shape[1]), replace=False)
        self.exact = [self._plain(network, x[:, self.sites]) for network in networks]

    @staticmethod
    def _plain(network, x):
        return np.concatenate(
            [np.cos(part.T @ network.k + network.b) @ network.c for part in np.array_split(x, 32, axis=1)])

    def error(self, fields) -> float:
        return max(
            np.linalg.norm(np.ravel(field)[self.sites] - exact) / np.linalg.norm(exact)
            for field, exact in zip(fields, self.exact))


class GSTools:
    """The summator of GSTools: sum z1 cos k.x + z2 sin k.x over all modes, on a structured grid."""

    def __init__(self, networks, shape, spacing):
        self.positions = np.ascontiguousarray(coordinates(shape, spacing))
        self.modes = [(n.k, n.c * np.cos(n.b), -n.c * np.sin(n.b)) for n in networks]

    def field(self, index: int) -> np.ndarray:
        k, z1, z2 = self.modes[index % len(self.modes)]
        return gstools_core.summate(k, z1, z2, self.positions, 1)


class Finufft:
    """Type 1 with one plan for all networks. Coefficients c exp(ib) and folded momenta are ready; a field is setpts + execute.

    Of upsampling factors and sorting options, each with the loosest eps whose measured error is at most ACCURACY, the fastest.
    """

    def __init__(self, networks, shape, spacing, judge):
        self.inputs = []
        for n in networks:
            # Mode m = j - L//2 sits at spacing (m + L//2 - (L-1)/2).
            shift = sum(k * spacing * (L // 2 - (L - 1) / 2) for k, L in zip(n.k, shape))
            angles = np.remainder(n.k * spacing + np.pi, 2 * np.pi) - np.pi
            self.inputs.append((list(angles), n.c * np.exp(1j * (n.b + shift))))
        self.output = np.empty(shape, dtype=complex)
        best = None
        for upsampling in (2.0, 1.25):
            eps = next((e for e in (10 ** (-p / 4) for p in range(28, 52))
                        if self._error(self._plan(shape, e, upsampling), judge) <= ACCURACY), None)
            if eps is None:
                continue
            for sort in (2, 0, 1):
                self.plan = self._plan(shape, eps, upsampling, sort)
                took = quickest(self.field)
                if best is None or took < best[0]:
                    best = (took, self.plan, f"finufft sigma={upsampling} eps={eps:.1e} sort={sort}")
        if best is None:
            raise RuntimeError("finufft does not reach the accuracy")
        _, self.plan, self.note = best
        self.error = self._error(self.plan, judge)

    @staticmethod
    def _plan(shape, eps, upsampling, sort=2):
        return finufft.Plan(1, shape, eps=eps, isign=1, upsampfac=upsampling, nthreads=1, spread_sort=sort)

    def _error(self, plan, judge) -> float:
        self.plan = plan
        return judge.error([self.field(i).real.copy() for i in range(len(judge.exact))])

    def field(self, index: int) -> np.ndarray:
        angles, coefficients = self.inputs[index % len(self.inputs)]
        self.plan.setpts(*angles)
        self.plan.execute(coefficients, out=self.output)
        return self.output


class NumpyExponentials:
    """Gauss-net by numpy's exp on blocks of sites; the fastest of several block sizes."""

    def __init__(self, networks, shape, spacing, constant, quadratic):
        self.x = np.ascontiguousarray(coordinates(shape, spacing).T)
        self.norm = np.exp(-constant - quadratic * (self.x**2).sum(axis=1))
        self.networks = networks
        self.output = np.empty(len(self.x))
        self.block = min((b for b in (4, 16, 64, 256) if b <= len(self.x)), key=self._took)

    def _took(self, block) -> float:
        self.block = block
        return quickest(self.field)

    def field(self, index: int) -> np.ndarray:
        n = self.networks[index % len(self.networks)]
        table = np.empty((self.block, len(n.c)))
        for start in range(0, len(self.x), self.block):
            x = self.x[start : start + self.block]
            rows = table[: len(x)]
            np.matmul(x, n.k, out=rows)
            rows += n.b
            np.exp(rows, out=rows)
            np.matmul(rows, n.c, out=self.output[start : start + len(x)])
        return self.output * self.norm


class NumpyFourPoint:
    """Plane waves at points and their products by fours, float64: one network at a time, in blocks of points that fit cache."""

    def __init__(self, networks, points):
        self.x = points
        self.networks = networks
        self.block = min((b for b in (20, 60, 200, 600) if b <= len(points)), key=self._took)

    def _took(self, block) -> float:
        self.block = block
        return quickest(self.products)

    def field(self, index: int) -> np.ndarray:
        n = self.networks[index % len(self.networks)]
        phi = np.empty(len(self.x))
        table = np.empty((self.block, len(n.c)))
        for start in range(0, len(self.x), self.block):
            x = self.x[start : start + self.block]
            rows = table[: len(x)]
            np.matmul(x, n.k, out=rows)
            rows += n.b
            np.cos(rows, out=rows)
            np.matmul(rows, n.c, out=phi[start : start + len(x)])
        return phi

    def products(self, index: int) -> np.ndarray:
        return self.field(index).reshape(-1, 4).prod(axis=1)
