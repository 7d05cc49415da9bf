# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants wrong formulas, one at a time, in a scratch copy of the sources, and asks `nnft validate` to find them.

    python3 Tests/Planted/planted.py [--only WORDS] [--scratch DIRECTORY]

A fault counts as caught if the suites named beside it exit with 1 in the quick tier, "claims did not come out as expected". The untouched copy must pass.
The first build takes minutes, every fault one or two more.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXACT = "Sources/FieldTheories/ExactResults/"
NETS = "Sources/FieldTheories/Architectures/"

# The suites that must find it; what is wrong; where; the line; the wrong line. Each line must occur once in its file.
FAULTS = [
    ("free-theory", "a factor 2: moments of a cosine", EXACT + "CosineNeurons.swift", "sum / Double(1 << (n - 1))", "sum / Double(1 << n)"),
    ("free-theory", "a factor 2: variance of the Gauss-net's output weights drawn as in the Cos-net", "Sources/FieldTheories/OutputWeightLaw.swift",
     "for i in 0..<count { weights[i] *= sigma }", "for i in 0..<count { weights[i] *= sigma * 2.0.squareRoot() }"),
    ("free-theory", "a sign: disconnected part of G4c", EXACT + "NeuronSum+ExactCorrelators.swift",
     "- mu2 * mu2 * Pairings.four.reduce(0)", "+ mu2 * mu2 * Pairings.four.reduce(0)"),
    ("universality finite-width published free-theory", "a sign: last term of G6c", EXACT + "NeuronSum+ExactCorrelators.swift", "+ 2 * mu2 * mu2 * mu2 * Pairings", "- 2 * mu2 * mu2 * mu2 * Pairings"),
    ("free-theory", "sigma_b for sigma_w0: width of the Cos-net's kernel", NETS + "CosNet.swift",
     "exp(-sigmaW0 * sigmaW0 * z.squaredNorm / Double(2 * dimension))", "exp(-.pi * .pi / 3 * z.squaredNorm / Double(2 * dimension))"),
    ("free-theory universality", "sigma_b for sigma_w0: momenta of the Gauss-net", NETS + "GaussNet.swift",
     "public var momentumVariance: Double { sigmaW0 * sigmaW0 / Double(dimension) }",
     "public var momentumVariance: Double { sigmaB0 * sigmaB0 / Double(dimension) }"),
    ("free-theory", "missing 1/N: G4c", EXACT + "NeuronSum+ExactCorrelators.swift", "case 4: return jointCumulant4(points) / n", "case 4: return jointCumulant4(points)"),
    ("published", "1/N for 1/N^2: G6c", EXACT + "NeuronSum+ExactCorrelators.swift", "jointCumulant6(points) / (n * n)", "jointCumulant6(points) / n"),
    ("free-theory", "missing 1/d: momenta drawn by the Cos-net", NETS + "CosNet.swift", "sigma: sigmaW0 / Double(dimension).squareRoot()", "sigma: sigmaW0"),
    ("free-theory", "momenta p for phat: lattice propagator", EXACT + "LatticeSpectrum.swift",
     "let root = 2 / lattice.spacing * sin(.pi * Double(n) / Double(extent))",
     "let root = 2 / lattice.spacing * .pi * Double(min(n, extent - n)) / Double(extent)"),
    ("interactions", "lambda/3! for lambda/4!", "Sources/FieldTheories/Insertions/QuarticInsertion.swift", "even: [0, coupling / 24]", "even: [0, coupling / 6]"),
    ("free-theory", "one pairing missing: estimator of G4c(x,x,y,y)", "Sources/Correlators/CoincidentFourPoint.swift",
     "bins.mean(four) - g00 - 2 * bins.product(two, two)", "bins.mean(four) - g00 - bins.product(two, two)"),
    ("samplers interactions", "sign of the potential: weights exp(+S)", "Sources/ParameterSampling/Reweighting.swift", "logWeight: -walker.action))", "logWeight: walker.action))"),
    ("samplers", "half of -S in the acceptance of a Markov chain", "Sources/ParameterSampling/NeuronRefresh.swift",
     "-coupling * (action - walker.action)", "-0.5 * coupling * (action - walker.action)"),
    ("finite-width", "moments of relu without their 1/2", EXACT + "DeepNet+ExactCorrelators.swift", "by: 2).reduce(0.5) {", "by: 2).reduce(1.0) {"),
]


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", default="", help="faults whose words contain this")
    arguments.add_argument("--scratch", help="where the copy is made and left; else a temporary place")
    options = arguments.parse_args()
    if options.scratch:
        return plant(pathlib.Path(options.scratch), options.only)
    with tempfile.TemporaryDirectory() as directory:
        return plant(pathlib.Path(directory), options.only)


def plant(scratch, only):
    copy = scratch / "nnft"
    copy.mkdir(parents=True, exist_ok=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", copy], input=archive, check=True)
    if not only and validate(copy)[0] != 0:
        print("the untouched copy does not pass")
        return 1
    missed = 0
    for suites, words, name, line, wrong in FAULTS:
        if only not in words:
            continue
        path = copy / name
        text = path.read_text()
        if text.count(line) != 1:
            print(f"STALE  {words}: the line is not in {name}, or more than once", flush=True)
            missed += 1
            continue
        path.write_text(text.replace(line, wrong))
        try:
            status, claims = validate(copy, suites.split())
        finally:
            path.write_text(text)
        caught = status == 1 and claims
        missed += not caught
        print(f"{'caught' if caught else 'MISSED'} {words}: exit {status}, {len(claims)} claims, first: {claims[0] if claims else '-'}", flush=True)
    return 1 if missed else 0


def validate(copy, suites=()):
    """Exit status, and the claims that did not come out as expected."""
    build = subprocess.run(["swift", "build", "-c", "release", "--product", "nnft"], cwd=copy, capture_output=True, text=True)
    if build.returncode != 0:
        sys.exit(build.stdout + build.stderr)
    run = subprocess.run([copy / ".build/release/nnft", "validate", *suites, "--quiet"], capture_output=True, text=True)
    theory, claims = "", []
    for line in run.stdout.splitlines():
        if line and not line.startswith(" "):
            theory = line
        elif line.lstrip().startswith(("FAIL", "?")):
            claims.append(f"{theory}, {line.split(':')[0].split(None, 1)[1]}")
    return run.returncode, claims


if __name__ == "__main__":
    sys.exit(main())
