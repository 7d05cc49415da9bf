# SPDX-License-Identifier: GPL-3.0-or-later
"""What is timed against what. A case is prepared when its turn comes, then measured in rounds."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import nnft
import peers


@dataclass
class Case:
    """Two quantities measured in turn; `ratio` of a round is peer/ours for a speed-up, ours/peer for an overhead."""

    name: str
    cell: str
    ours: Callable[[], float]
    peer: Callable[[], float]
    unit: str
    target: float | None
    overhead: bool = False
    note: str = ""
    rounds: int | None = None

    def ratio(self, ours: float, peer: float) -> float:
        return ours / peer if self.overhead else peer / ours

    @property
    def aim(self) -> str:
        return "-" if self.target is None else ("<=" if self.overhead else ">=") + f"{self.target:g}"

    def verdict(self, ratio: float) -> str:
        if self.target is None:
            return "-"
        return "met" if (ratio <= self.target if self.overhead else ratio >= self.target) else "missed"


@dataclass
class Bench:
    """The settings of one schedule."""

    build: Path
    server: nnft.Server
    methods: list[str]
    smoke: bool
    budget: float  # seconds of one measurement

    def ours(self, verb: str, **words) -> Callable[[], float]:
        """Microseconds of CPU an evaluation, as many as fill the budget."""
        return self.rate(lambda count: self.server.seconds(verb, evaluations=count, **words))

    def peer(self, work) -> Callable[[], float]:
        """The same of a peer."""
        return self.rate(lambda count: peers.seconds(work, count))

    def rate(self, measure: Callable[[int], float]) -> Callable[[], float]:
        """The same of whatever answers with seconds an evaluation."""
        _, count = peers.evaluations(measure, self.budget)
        return lambda: 1e6 * measure(count)


@dataclass
class Cell:
    """A lattice and a width."""

    shape: tuple[int, ...]
    width: int
    theory: str = "cos-net"
    spacing: float = 0.25

    @property
    def sites(self) -> str:
        return "x".join(map(str, self.shape))

    def __str__(self) -> str:
        return f"d={len(self.shape)} {self.sites} N={self.width}"

    @property
    def words(self) -> dict:
        sites = self.sites if len(self.shape) > 1 else f"[{self.shape[0]}]"
        words = {
            "theory": self.theory, "lattice.sites": sites, "lattice.spacing": self.spacing,
            "architecture.width": self.width,
        }
        return words | ({} if len(self.shape) == 2 else {"dimension": len(self.shape)})

    @property
    def neuron_sites(self) -> float:
        return float(np.prod(self.shape)) * self.width


def fastest_method(bench: Bench, cell: Cell, judge: peers.Judge, count: int) -> tuple[str, str]:
    """The quickest method whose measured error is at most 1e-9, and a note that says what the planner would take."""
    timed = {}
    for method in bench.methods:
        if method == "direct" and cell.neuron_sites > 1e8:
            continue
        try:
            networks, _ = bench.server.networks(count, method=method, **cell.words)
            error = judge.error([network.field for network in networks])
            if error <= peers.ACCURACY:
                ask = lambda n: bench.server.seconds(
                    "synthesis", evaluations=n, networks=count, method=method, **cell.words)
                timed[method] = (peers.evaluations(ask, bench.budget / 4)[0], error)
        except nnft.Refused:
            continue
    best = min(timed, key=lambda method: timed[method][0])
    planned = bench.server.ask("synthesis", method="planned", **cell.words)["method"]
    choice = "planned" if planned == best else f"planner takes {planned}"
    return best, f"{best} ({choice}) error {timed[best][1]:.0e}"


def prepared(bench: Bench, cell: Cell):
    """Networks of a cell, as many as stay in cache, with their judge."""
    count = 2 if cell.width > 10_000 or bench.smoke else 4
    networks, _ = bench.server.networks(count, method="matrix-product", **cell.words)
    return networks, peers.Judge(networks, cell.shape, cell.spacing)


def agreeing(peer, judge: peers.Judge, networks) -> None:
    """Refuses a peer that does other work than ours."""
    error = judge.error([peer.field(i).real.copy() for i in range(len(networks))])
    if not error <= peers.ACCURACY:
        raise RuntimeError(f"{type(peer).__name__} and the plain sum differ by {error:.1e}")


# nnft plans by ESTIMATE, so that equal input gives equal bytes; FFTW at its best is MEASURE.
PLANNERS = [("estimate", "same plan"), ("measure", "best plan")]


# Cases, in the order of the table.


def gstools(bench: Bench) -> Iterator[Case]:
    cells = [(Cell((64, 64), 1024), 800), (Cell((32, 32, 32), 1024), 600)]
    if bench.smoke:
        cells = [(Cell((16, 16), 128), 800)]
    for cell, target in cells:
        networks, judge = prepared(bench, cell)
        peer = peers.GSTools(networks, cell.shape, cell.spacing)
        agreeing(peer, judge, networks)
        theirs = bench.peer(peer.field)
        best, note = fastest_method(bench, cell, judge, len(networks))
        for name, method, aim, text in [
            ("matrix product / GSTools", "matrix-product", 440, ""),
            ("best method / GSTools", best, target, note),
        ]:
            ours = bench.ours("synthesis", method=method, networks=len(networks), **cell.words)
            yield Case(name, str(cell), ours, theirs, "us/field", aim, note=text)


def finufft(bench: Bench) -> Iterator[Case]:
    shapes = [(4096,), (64, 64), (256, 256), (32, 32, 32), (64, 64, 64)]
    widths = [100, 1000, 10_000, 100_000]
    if bench.smoke:
        shapes, widths = [(16, 16)], [50]
    for shape in shapes:
        for width in widths:
            cell = Cell(shape, width)
            networks, judge = prepared(bench, cell)
            peer = peers.Finufft(networks, shape, cell.spacing, judge)
            best, note = fastest_method(bench, cell, judge, len(networks))
            yield Case(
                "best method / FINUFFT", str(cell),
                bench.ours("synthesis", method=best, networks=len(networks), **cell.words),
                bench.peer(peer.field), "us/field", 3.0 if width == 100 else 1.0,
                note=f"{note}; {peer.note} error {peer.error:.0e}")


def folded_product(bench: Bench) -> Iterator[Case]:
    cell = Cell((16, 16), 128) if bench.smoke else Cell((256, 256), 1024)
    n = 128 if bench.smoke else 1024
    dgemm = bench.ours("dgemm", n=n)
    scale = 4 * cell.neuron_sites / (2 * n**3)
    yield Case(
        "folded product / dgemm peak", str(cell),
        bench.ours("synthesis", method="matrix-product", networks=4, **cell.words),
        lambda: scale * dgemm(), "us/field", 1.5, note=f"peer: 4 N V flops at the rate of dgemm {n}^3")


def gauss_net(bench: Bench) -> Iterator[Case]:
    cell = Cell((16, 16), 128, "gauss-net", 0.1) if bench.smoke else Cell((64, 64), 1024, "gauss-net", 0.05)
    networks, notes = bench.server.networks(4, method="matrix-product", **cell.words)
    peer = peers.NumpyExponentials(
        networks, cell.shape, cell.spacing, float(notes["constant"]), float(notes["quadratic"]))
    for index, network in enumerate(networks):
        error = np.linalg.norm(peer.field(index) - network.field) / np.linalg.norm(network.field)
        assert error <= peers.ACCURACY, f"Gauss-net and numpy differ by {error:.1e}"
    ours = bench.ours("synthesis", method="matrix-product", networks=4, **cell.words)
    note = f"numpy in blocks of {peer.block} sites"
    has_avx512 = any(feature in peers.AVX512 for feature in peers.numpy_features())
    yield Case("Gauss-net / numpy exp", str(cell), ours, bench.peer(peer.field), "us/field",
               None if has_avx512 else 70, note=note)
    if has_avx512:
        narrow = peers.Elsewhere(
            peers.NumpyExponentials, networks, cell.shape, cell.spacing, float(notes["constant"]),
            float(notes["quadratic"]))
        yield Case("Gauss-net / numpy exp, AVX2", str(cell), ours, bench.rate(narrow.seconds), "us/field", 70,
                   note="numpy held to AVX2; nnft's own kernels are not")


def four_point(bench: Bench) -> Iterator[Case]:
    """arXiv:2604.27050: d = 2, Lambda = 100, alpha = 0, N = 100; 50 sets of 4 normal points at scales 0.3, 1, 3."""
    sets = 5 if bench.smoke else 50
    unit = np.random.default_rng(1).standard_normal((sets, 4, 2))
    points = np.concatenate([scale * unit for scale in (0.3, 1.0, 3.0)])
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/points.tsv"
        with open(path, "w") as file:
            print("set", "x1", "x2", sep="\t", file=file)
            for index, four in enumerate(points):
                for x in four:
                    print(f"s{index}", *map(repr, map(float, x)), sep="\t", file=file)
        words = {
            "theory": "alpha-net", "architecture.width": 100, "architecture.cutoff": 100.0, "points": path,
            "method": "direct",
        }
        # float32 phases of hundreds of radians are good to some 1e-5 each.
        for precision, dtype, target, tolerance in [
            ("double", np.float64, 30, peers.ACCURACY), ("single", np.float32, 5, 1e-3)]:
            words["fields.precision"] = precision
            networks, _ = bench.server.networks(16, **words)
            peer = peers.NumpyFourPoint(networks, points.reshape(-1, 2), dtype)
            for index, network in enumerate(networks):
                error = np.abs(peer.field(index) - network.field).max() / np.abs(network.field).max()
                assert error <= tolerance, f"points and numpy differ by {error:.1e}"
            yield Case(
                f"4-point job / numpy, {precision}", f"d=2 {len(points)} sets N=100",
                bench.ours("points", networks=16, **words), bench.peer(peer.products), "us/network", target,
                note=f"ours also the products by pairs; numpy in blocks of {peer.block} points")


def correlators(bench: Bench) -> Iterator[Case]:
    cell = Cell((16, 16), 128) if bench.smoke else Cell((64, 64), 1024)
    draws = 200 if bench.smoke else 2000
    run = {
        "estimators": "two-point,four-point-xxyy,four-point-xxxy,four-point-split", "run.draws": draws,
        "run.bins": max(2, draws * 256 // 20_000),
    }
    shape = "x".join(str(2 * length) for length in cell.shape)
    whole = lambda: 1e6 * bench.server.seconds("correlate", **cell.words, **run) / draws
    synthesis = bench.ours("synthesis", method="planned", networks=4, **cell.words)
    whole()
    for planner, name in PLANNERS:
        transform = bench.ours("fft", shape=shape, planner=planner)
        yield Case(
            f"correlate beside its fields / six FFTs, {name}", str(cell), lambda: whole() - synthesis(),
            lambda: 6 * transform(), "us/draw", 1.5, overhead=True,
            note=f"whole run less synthesis; peer: six bare FFTW r2c {shape}")


def transforms(bench: Bench) -> Iterator[Case]:
    cells = [("periodic", (4096,)), ("periodic", (64, 64)), ("periodic", (256, 256)),
             ("periodic", (32, 32, 32)), ("periodic", (64, 64, 64)), ("open", (64, 64))]
    if bench.smoke:
        cells = [("periodic", (16, 16))]
    for boundary, sites in cells:
        text = "x".join(map(str, sites))
        # Open boxes are padded to the next good length from 2L - 1 on: 2L for powers of two.
        padded = "x".join(str(2 * length if boundary == "open" else length) for length in sites)
        ours = bench.ours("correlation", boundary=boundary, sites=text)
        for planner, name in PLANNERS:
            yield Case(
                f"FFT and accumulation / bare FFTW, {name}", f"{boundary} {text}", ours,
                bench.ours("fft", shape=padded, planner=planner), "us/field", 1.3, overhead=True,
                note=f"peer: FFTW r2c {padded}")


def threads(bench: Bench) -> Iterator[Case]:
    draws = 200 if bench.smoke else 20_000
    cpu: dict[int, list[float]] = {1: [], 2: []}

    def wall(count: int) -> Callable[[], float]:
        def seconds() -> float:
            run = nnft.correlate(
                bench.build, "cos-net", "--width", "1024", "--draws", str(draws), "--seed", "1", "--threads",
                str(count))
            cpu[count].append(run.cpu_seconds)
            return run.wall_seconds
        return seconds

    cell = f"correlate cos-net N=1024 {draws} draws"
    yield Case("2 threads / 1 thread, wall", cell, wall(2), wall(1), "s", 1.85,
               note="only an idle machine with two cores can show it")
    yield Case("2 threads / 1 thread, CPU", cell, lambda: cpu[2].pop(0), lambda: cpu[1].pop(0), "s", 1.08,
               overhead=True, note="the same runs; 2/1.85")


def memory(bench: Bench) -> Iterator[Case]:
    few, many = ("1e3", "1e4") if bench.smoke else ("1e4", "1e6")
    peaks = {}
    def run(draws: str) -> Callable[[], float]:
        def peak() -> float:
            peaks[draws] = nnft.correlate(
                bench.build, "cos-net", "--width", "10", "--estimators", "two-point", "--draws", draws,
                "--seed", "1").peak_megabytes
            return peaks[draws]
        return peak
    cell = "correlate cos-net 64x64"
    yield Case(f"peak memory, {many} / {few} draws", cell, run(many), run(few), "MB", 1.05, overhead=True,
               rounds=1)
    yield Case(f"peak memory, {many} draws / 150 MB", cell, lambda: peaks[many], lambda: 150.0, "MB", 1.0,
               overhead=True, rounds=1)


def normals(bench: Bench) -> Iterator[Case]:
    buffer = np.empty(8192)
    draw = np.random.default_rng(1).standard_normal
    yield Case(
        "normal deviates / numpy", f"{len(buffer)} at a time", bench.ours("normals", count=len(buffer)),
        bench.peer(lambda _: draw(out=buffer)), "us", 5.0, note="numpy: PCG64, ziggurat")



def evidence(bench: Bench) -> Iterator[Case]:
    """Gaussian-process regression by the kernel of the Cos-net, an RBF: ln p(y), and mean and variance at 200 points."""
    count, tests = (100, 20) if bench.smoke else (2000, 200)
    words = {"theory": "cos-net", "dimension": 2, "count": count}
    peer = peers.GaussianProcess(count, tests)
    ours = float(bench.server.ask("evidence", **words)["evidence"])
    assert abs(ours - peer.evidence(0)) <= 1e-8 * abs(ours), f"ln p(y): nnft {ours}, scikit-learn {peer.evidence(0)}"
    cell = f"RBF P={count}"
    yield Case("evidence / scikit-learn", cell, bench.ours("evidence", **words), bench.peer(peer.evidence), "us", 1.0,
               note="kernel, decomposition, ln p(y); peer: log_marginal_likelihood")
    yield Case("evidence in 3 s", cell, bench.ours("evidence", **words), lambda: 3e6, "us", 1.0, note="peer: 3 s")
    yield Case("GP posterior / scikit-learn", f"{cell}, {tests} test points", bench.ours("evidence", tests=tests, **words),
               bench.peer(peer.posterior), "us", 1.0, note="mean and variance; peer: fit and predict(return_std=True)")


def kernels(bench: Bench) -> Iterator[Case]:
    """Kernels of infinite width against closed forms in numpy, equal to 1e-10 of the greatest entry."""
    count = 50 if bench.smoke else 1000
    for theory, activation, depth, sigma_w, sigma_b, sigma_v in [
        ("cos-net", "cosine", 1, 1.0, 0.0, 1.0), ("erf-net", "erf", 1, 1.0, 1.0, 1.0),
        ("deep-relu", "relu", 3, 2**0.5, 0.0, 2**0.5), ("deep-relu", "erf", 3, 1.5, 0.3, 1.2)]:
        scales = {"sigma_w0": sigma_w, "sigma_w1": sigma_v} if activation == "cosine" else {
            "sigma_w": sigma_w, "sigma_b": sigma_b, "sigma_v": sigma_v, "activation": activation}
        words = {"theory": theory, "dimension": 2, "count": count}
        words |= {f"architecture.{key}": value for key, value in scales.items()}
        peer = peers.LimitKernel(count, activation, depth, sigma_w, sigma_b, sigma_v)
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/kernel"
            bench.server.ask("kernel", path=path, **words)
            ours = np.fromfile(path).reshape(count, count)
        error = np.abs(ours - peer.matrix()).max() / np.abs(ours).max()
        assert error <= 1e-10, f"kernel of {theory}, {activation}: nnft and numpy differ by {error:.1e}"
        yield Case(f"kernel, {activation}, depth {depth} / numpy", f"P={count}", bench.ours("kernel", **words),
                   bench.peer(peer.matrix), "us", None, note=f"greatest difference {error:.0e} of the greatest entry")


def posterior(bench: Bench) -> Iterator[Case]:
    """An effective sample of a network of finite width under data: output weights integrated out, and not; and numpy."""
    count, width = (20, 50) if bench.smoke else (100, 1000)
    # Bins of two draws, and measurements of the chain: weights that die are bounded by the number of draws.
    pilots = {"chains": 60, "collapsed": 64, "plain": 64} if bench.smoke else {"chains": 200, "collapsed": 1024, "plain": 8192}
    words = {
        "theory": "regression-relu", "dimension": 4, "lattice.sites": "[1,1,1,1]", "architecture.activation": "erf",
        "architecture.width": width, "architecture.sigma_w": 2.0, "insertion[1].count": count,
        "insertion[1].temperature": 0.05, "insertion[1].test_count": 8, "insertion[1].target": "x1*x2-x3",
    }
    ask = {way: bench.server.ask("posterior", way=way, pilot=pilot, **words) for way, pilot in pilots.items()}
    share = {way: float(answer["share"]) for way, answer in ask.items()}

    def ours(way: str, share: float) -> Callable[[], float]:
        time = bench.ours("posterior", way=way, pilot=pilots[way], **words)
        return lambda: time() / float(ask[way]["draws"]) / share

    peer = peers.CollapsedDraws(count, width, 4, 8)
    cell = f"erf net N={width} P={count}, 4 inputs and a bias"

    def counting(way: str) -> str:
        """Of how many draws which part counts; where one draw holds nearly all, that is a bound, and so is the ratio."""
        draws = 2 * pilots[way]
        return f"of {draws} draws count {share[way]:.2%}" + (" at most" if share[way] < 4 / draws else "")

    chains = ours("chains", share["chains"])
    yield Case("effective sample, chains / plain weights", cell, chains, ours("plain", share["plain"]), "us", 20,
               note=f"chains of hidden parameters, {share['chains']:.2f} a sweep; {counting('plain')}")
    numpy_draw, numpy_sweep = bench.peer(peer.draw), bench.peer(peer.sweep)
    yield Case("effective sample, chains / numpy, weights", cell, chains, lambda: numpy_draw() / share["collapsed"], "us", 20,
               note=f"numpy: scipy's erf, one product, Cholesky, the same law at 8 points; {counting('collapsed')}")
    yield Case("effective sample, chains / numpy, chains", cell, chains, lambda: numpy_sweep() / share["chains"], "us", 20,
               note="numpy: the same sweep, every proposal with its own Cholesky decomposition")
    yield Case("collapsed draw / numpy", cell, ours("collapsed", 1), numpy_draw, "us", None,
               note="one draw with its weight and the law at 8 points, whatever it counts")


def modes(bench: Bench) -> Iterator[Case]:
    """An effective sample of 1000 modes under their length: exact rotations, and the Euler steps of Langevin's equation of arXiv:2510.25553."""
    samples = 200 if bench.smoke else 2000
    words = {"theory": "power-law-regression"}
    ways = {"rotation": {"way": "rotation", "samples": samples}}
    # The paper's step, whose variance is a quarter too large at the last mode, and one that is right to a hundredth.
    ways |= {step: {"way": "langevin", "step": step, "samples": 20 * samples} for step in ("1e-4", "5e-6")}
    ask = {name: bench.server.ask("modes", **words, **way) for name, way in ways.items()}

    def ours(name: str) -> Callable[[], float]:
        time = bench.ours("modes", **words, **ways[name])
        return lambda: time() / float(ask[name]["samples"]) / float(ask[name]["share"])

    for step in ("1e-4", "5e-6"):
        yield Case(f"modes, rotations / Euler-Langevin, step {step}", "P=1000, mean of mode 1", ours("rotation"), ours(step), "us", 50,
                   note=f"variance of mode 1000 over the exact one: {float(ask[step]['variance']):.3f}, rotations {float(ask['rotation']['variance']):.3f}")


def critical(bench: Bench) -> Iterator[Case]:
    """CPU seconds that 1 % on chi2 and on the Binder cumulant take at the critical point of phi^4 in two dimensions: chains of nnft, and plain Metropolis and Wolff in C."""
    folder = Path(tempfile.mkdtemp())
    plain = folder / "metropolis_wolff"
    source = Path(__file__).parent / "metropolis_wolff.c"
    subprocess.run(["cc", "-O3", "-march=native", "-o", plain, source, "-lm"], check=True)
    lengths = (16,) if bench.smoke else (16, 32, 64, 128)
    for length in lengths:
        chains = 16  # their warm-up is a tenth of the run, at least 20 sweeps
        samples = 1600 if bench.smoke else max(6400, 32 * (128 // length) ** 2 * 100)
        binder: dict[str, list[float]] = {"ours": [], "peer": []}
        seeds = iter(range(1, 1000))

        def ours() -> float:
            out = folder / "table.tsv"
            run = nnft.correlate(
                bench.build, "phi4-2d-critical", "--set", f"lattice.sites={length}x{length}", "--draws", str(samples), "--estimators",
                "zero-momentum", "--table", "zero-momentum", "--accept-undersampled", "--set", f"sampler.chains={chains}", "--set",
                f"sampler.warm_up={max(20, samples // chains // 10)}", "--seed", str(next(seeds)), "--threads", "1", "-o", str(out), "--force")
            rows = {words[0]: words for words in (line.split("\t") for line in out.read_text().splitlines())}
            cost = {name: run.cpu_seconds * (100 * float(rows[name][2]) / float(rows[name][1])) ** 2 for name in ("chi2", "binder")}
            binder["ours"].append(cost["binder"])
            return cost["chi2"]

        def peer() -> float:
            done = subprocess.run(
                [plain, str(length), "-0.47", "1.8", str(samples), str(next(seeds))], capture_output=True, text=True, check=True)
            words = done.stdout.split()
            binder["peer"].append(float(words[words.index("to1%binder") + 1]))
            return float(words[words.index("to1%chi2") + 1])

        cell = f"{length}x{length}, lambda = 1.8, m0^2 = -0.47"
        yield Case("critical phi^4, 1 % on chi2", cell, ours, peer, "s", 3, note="warm-up counts for nnft alone")
        yield Case("critical phi^4, 1 % on Binder", cell, lambda: binder["ours"].pop(0), lambda: binder["peer"].pop(0), "s", 3,
                   note="the same runs")


ALL = [gstools, finufft, folded_product, gauss_net, four_point, correlators, transforms, threads, memory, normals, evidence,
       kernels, posterior, modes, critical]
