# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers, each at its best on one thread. A peer gets its inputs ready made; only its own work is timed."""

import ctypes
import itertools
import math
import multiprocessing
import os
import time
import warnings

import numpy as np

try:
    import gstools_core
except ImportError:
    gstools_core = None
try:
    import finufft
except ImportError:
    finufft = None

try:
    import scipy.linalg
    import scipy.special
except ImportError:
    scipy = None
try:
    import sklearn.gaussian_process
except ImportError:
    sklearn = None

# Measured relative l2 errors allowed to ours and to finufft, whose kernel for sigma = 1.25 is clipped and ends between the two.
ACCURACY = 1e-9
FINUFFT_ACCURACY = 2e-9
FFTW_MEASURE, FFTW_ESTIMATE = 0, 64
NUMPY_LIMIT = "NPY_DISABLE_CPU_FEATURES"
AVX512 = ("X86_V4", "AVX512F", "AVX512CD", "AVX512_SKX", "AVX512_CLX", "AVX512_CNL", "AVX512_ICL", "AVX512_SPR")


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
    """Type 1, one plan for all networks; a field is setpts and execute, called through the C interface.

    Coefficients c exp(ib) and folded momenta are ready. Of upsampling factors, sorting options and FFTW planners, each with the
    loosest eps whose measured error is at most FINUFFT_ACCURACY, the fastest.
    """

    def __init__(self, networks, shape, spacing, judge):
        self.shape = shape
        self.output = np.empty(shape, dtype=complex)
        self.inputs = []
        for n in networks:
            # Mode m = j - L//2 sits at spacing (m + L//2 - (L-1)/2).
            shift = sum(k * spacing * (L // 2 - (L - 1) / 2) for k, L in zip(n.k, shape))
            angles = np.remainder(n.k * spacing + np.pi, 2 * np.pi) - np.pi
            self.inputs.append((list(angles), n.c * np.exp(1j * (n.b + shift))))
        best, usual = None, math.inf
        for upsampling in (2.0, 1.25):
            eps = next((e for e in (10 ** (-p / 4) for p in range(28, 44))
                        if self._error(judge, eps=e, upsampfac=upsampling) <= FINUFFT_ACCURACY), None)
            if eps:
                self._plan(eps=eps, upsampfac=upsampling)
                usual = min(usual, quickest(self.usual_field))
            for fftw, sort in itertools.product((FFTW_ESTIMATE, FFTW_MEASURE), (2, 0, 1) if eps else ()):
                self._plan(eps=eps, upsampfac=upsampling, fftw=fftw, spread_sort=sort)
                took = quickest(self.field)
                if best is None or took < best[0]:
                    planner = "estimate" if fftw else "measure"
                    best = (took, self.plan, f"finufft sigma={upsampling} eps={eps:.1e} sort={sort} {planner}")
        if best is None:
            raise RuntimeError("finufft does not reach the accuracy")
        _, self.plan, note = best
        self.note = f"{note}, from Python with default planner {1e6 * usual:.4g} us"
        self._bind()
        self.error = judge.error(self.fields())

    def _plan(self, **options) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of eps beyond a kernel's reach: the error is measured
            self.plan = finufft.Plan(1, self.shape, isign=1, nthreads=1, showwarn=0, **options)
        self._bind()

    def _bind(self) -> None:
        """The C calls of every network. The Python wrapper would add 15 to 20 us a field, most of it at N = 100."""
        library, word, pointer = finufft._finufft.lib, ctypes.c_longlong, ctypes.c_void_p
        setpts, execute = library["finufft_setpts"], library["finufft_execute"]
        setpts.argtypes = [pointer, word] + 3 * [pointer] + [word] + 3 * [pointer]
        execute.argtypes = 3 * [pointer]
        self.calls = []
        for angles, coefficients in self.inputs:
            # Fortran order: the contiguous axis comes first.
            x = [pointer(a.ctypes.data) for a in reversed(angles)] + (3 - len(angles)) * [None]
            points = (self.plan._inner_plan, len(coefficients), *x, 0, None, None, None)
            values = (self.plan._inner_plan, pointer(coefficients.ctypes.data), pointer(self.output.ctypes.data))
            self.calls.append((points, values))
        self.setpts, self.execute = setpts, execute

    def _error(self, judge, **options) -> float:
        self._plan(**options)
        return judge.error(self.fields())

    def fields(self) -> list[np.ndarray]:
        return [self.field(index).real.copy() for index in range(len(self.inputs))]

    def usual_field(self, index: int) -> None:
        angles, coefficients = self.inputs[index % len(self.inputs)]
        self.plan.setpts(*angles)
        self.plan.execute(coefficients, out=self.output)

    def field(self, index: int) -> np.ndarray:
        points, values = self.calls[index % len(self.calls)]
        self.setpts(*points)
        self.execute(*values)
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


class Elsewhere:
    """A peer in a process of its own, whose numpy is held to AVX2: for a comparison at equal vector length."""

    def __init__(self, make, *arguments):
        spawn = multiprocessing.get_context("spawn")
        self.connection, far_end = spawn.Pipe()
        before = os.environ.get(NUMPY_LIMIT)
        os.environ[NUMPY_LIMIT] = " ".join(f for f in AVX512 if f in numpy_features())
        try:
            process = spawn.Process(target=_serve, args=(far_end, make, arguments), daemon=True)
            process.start()
        finally:
            os.environ.pop(NUMPY_LIMIT)
            if before is not None:
                os.environ[NUMPY_LIMIT] = before

    def seconds(self, count: int) -> float:
        self.connection.send(count)
        return self.connection.recv()


def _serve(connection, make, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = make(*arguments)
    try:
        while True:
            connection.send(seconds(peer.field, connection.recv()))
    except EOFError:
        pass  # the schedule has ended


def numpy_features() -> list[str]:
    """Instruction sets that numpy both knows and has here."""
    core = (np._core if hasattr(np, "_core") else np.core)._multiarray_umath  # numpy 2, numpy 1
    return [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]


class NumpyFourPoint:
    """Plane waves at points and their products by fours, one network at a time, in blocks of points that fit cache."""

    def __init__(self, networks, points, dtype=np.float64):
        self.dtype = dtype
        self.x = points.astype(dtype)
        self.networks = [(n.c.astype(dtype), n.k.astype(dtype), n.b.astype(dtype)) for n in networks]
        self.block = min((b for b in (20, 60, 200, 600) if b <= len(points)), key=self._took)

    def _took(self, block) -> float:
        self.block = block
        return quickest(self.products)

    def field(self, index: int) -> np.ndarray:
        c, k, b = self.networks[index % len(self.networks)]
        phi = np.empty(len(self.x), self.dtype)
        table = np.empty((self.block, len(c)), self.dtype)
        for start in range(0, len(self.x), self.block):
            x = self.x[start : start + self.block]
            rows = table[: len(x)]
            np.matmul(x, k, out=rows)
            rows += b
            np.cos(rows, out=rows)
            np.matmul(rows, c, out=phi[start : start + len(x)])
        return phi

    def products(self, index: int) -> np.ndarray:
        return self.field(index).reshape(-1, 4).prod(axis=1)


def learning_data(first: int, count: int) -> np.ndarray:
    """The inputs of nnft-bench: x_a = 3 frac(i alpha_a), alpha of the plastic number."""
    return 3 * np.remainder(np.arange(first, first + count)[:, None] * [0.7548776662466927, 0.5698402909980532], 1)


class GaussianProcess:
    """Regression by scikit-learn with the kernel of the Cos-net in two dimensions, exp(-r^2/4)/2, noise 0.1."""

    def __init__(self, count: int, tests: int):
        kernels = sklearn.gaussian_process.kernels
        self.kernel = kernels.ConstantKernel(0.5, "fixed") * kernels.RBF(np.sqrt(2), "fixed")
        self.x = learning_data(1, count)
        self.y = np.sin(3 * self.x[:, 0]) + self.x[:, 1]
        self.tests = learning_data(count + 1, tests) + [0.1, 0]
        self.model = self.fitted()

    def fitted(self):
        return sklearn.gaussian_process.GaussianProcessRegressor(self.kernel, alpha=0.1, optimizer=None).fit(self.x, self.y)

    def evidence(self, _: int) -> float:
        return self.model.log_marginal_likelihood(self.model.kernel_.theta, clone_kernel=False)

    def posterior(self, _: int):
        return self.fitted().predict(self.tests, return_std=True)


class LimitKernel:
    """Kernels of infinite width in closed form, as neural-tangents composes them layer by layer: erf (Williams 1998), relu (Cho and Saul 2009), and cosines."""

    def __init__(self, count: int, activation: str, depth: int, sigma_w: float, sigma_b: float, sigma_v: float):
        self.x = learning_data(1, count)
        self.layer = {"erf": self.erf, "relu": self.relu, "cosine": None}[activation]
        self.depth, self.weight, self.bias, self.output = depth, sigma_w**2, sigma_b**2, sigma_v**2

    def matrix(self, _: int = 0) -> np.ndarray:
        if self.layer is None:
            square = (self.x**2).sum(axis=1)
            distance = square[:, None] + square - 2 * self.x @ self.x.T
            return 0.5 * self.output * np.exp(-0.5 * self.weight / self.x.shape[1] * distance)
        kernel = self.bias + self.weight / self.x.shape[1] * (self.x @ self.x.T)
        for _ in range(self.depth - 1):
            kernel = self.bias + self.weight * self.layer(kernel)
        return self.output * self.layer(kernel)

    @staticmethod
    def erf(k):
        scale = np.sqrt(1 + 2 * np.diag(k))
        return 2 / np.pi * np.arcsin(2 * k / np.outer(scale, scale))

    @staticmethod
    def relu(k):
        scale = np.sqrt(np.outer(np.diag(k), np.diag(k)))
        cosine = np.clip(k / scale, -1, 1)
        angle = np.arccos(cosine)
        return scale / (2 * np.pi) * (np.sqrt((1 - cosine) * (1 + cosine)) + (np.pi - angle) * cosine)


class CollapsedDraws:
    """A straightforward implementation: hidden parameters from the prior, ln weight, mean and covariance at test points."""

    def __init__(self, count: int, width: int, dimension: int, tests: int):
        self.random = np.random.default_rng(1)
        self.width, self.noise = width, 0.05
        self.x = self.random.standard_normal((count, dimension))
        self.y = self.x[:, 0] * self.x[:, 1] - self.x[:, 2]
        self.tests = self.random.standard_normal((tests, dimension))

    def draw(self, _: int):
        w = 2.0 / np.sqrt(self.x.shape[1]) * self.random.standard_normal((self.x.shape[1], self.width))
        b = 0.5 * self.random.standard_normal(self.width)
        h = scipy.special.erf(self.x @ w + b) / np.sqrt(self.width)
        g = scipy.special.erf(self.tests @ w + b) / np.sqrt(self.width)
        factor = scipy.linalg.cholesky(h @ h.T + self.noise * np.eye(len(self.y)), lower=True)
        whitened = scipy.linalg.solve_triangular(factor, self.y, lower=True)
        cross = scipy.linalg.solve_triangular(factor, h @ g.T, lower=True)
        log_weight = -np.log(np.diag(factor)).sum() - 0.5 * whitened @ whitened
        return log_weight, cross.T @ whitened, g @ g.T - cross.T @ cross

    def sweep(self, _: int):
        """A sweep of single neurons drawn anew, as the formulas say: A with one dyad for another, its decomposition, the ratio of weights."""
        w = 2.0 / np.sqrt(self.x.shape[1]) * self.random.standard_normal((self.x.shape[1], 2 * self.width))
        b = 0.5 * self.random.standard_normal(2 * self.width)
        features = scipy.special.erf(self.x @ w + b) / np.sqrt(self.width)
        old, new = features[:, : self.width], features[:, self.width :]
        matrix = old @ old.T + self.noise * np.eye(len(self.y))
        log_weight = self.weight(matrix)
        for i, uniform in enumerate(self.random.random(self.width)):
            changed = matrix + np.outer(new[:, i], new[:, i]) - np.outer(old[:, i], old[:, i])
            log_changed = self.weight(changed)
            if np.log(uniform) < log_changed - log_weight:
                matrix, log_weight = changed, log_changed

    def weight(self, matrix) -> float:
        factor = scipy.linalg.cholesky(matrix, lower=True, check_finite=False)
        whitened = scipy.linalg.solve_triangular(factor, self.y, lower=True, check_finite=False)
        return -np.log(np.diag(factor)).sum() - 0.5 * whitened @ whitened
