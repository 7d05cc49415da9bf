# SPDX-License-Identifier: GPL-3.0-or-later
"""Times nnft and its peers in turn, in one schedule, and reports medians of ratios: `make bench`."""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is loaded

import argparse
import platform
import statistics
import subprocess
import sys
from datetime import date
from importlib import metadata
from pathlib import Path

try:
    import numpy  # noqa: F401
except ImportError:
    sys.exit("bench: numpy is not installed; apt-get install python3-numpy, or make bench, which makes its own environment")

import cases
import nnft
import peers
import report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path(".build/release"), help="where nnft and nnft-bench are")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", metavar="CASE", choices=[case.__name__ for case in cases.ALL],
                        help=f"some of: {' '.join(case.__name__ for case in cases.ALL)}")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, one round: that everything runs, in seconds")
    parser.add_argument("-o", "--output", type=Path, help="write the table (TSV) here too")
    parser.add_argument("--plot", type=Path, help="write a plot of the ratios (SVG) here")
    options = parser.parse_args()

    server = nnft.Server(options.build)
    machine = server.ask("machine")
    bench = cases.Bench(
        options.build, server, machine["methods"].split(","), options.smoke, 0.002 if options.smoke else 0.1)
    header = describe(machine, 1 if options.smoke else options.rounds)
    table = report.Table(header, options.output)
    missing = {"gstools": peers.gstools_core is None, "finufft": peers.finufft is None,
               "evidence": peers.sklearn is None, "posterior": peers.scipy is None}
    for make in cases.ALL:
        if options.only and make.__name__ not in options.only:
            continue
        if missing.get(make.__name__):
            table.remark(f"skipped {make.__name__}: not installed")
        elif make is cases.threads and not options.smoke and len(os.sched_getaffinity(0)) < 2:
            table.remark("skipped threads: one processor")
        else:
            for case in make(bench):
                table.add(measure(case, 1 if options.smoke else options.rounds, options.smoke))
    server.close()
    table.remark(f"load average at the end {os.getloadavg()[0]:.1f}")
    if options.plot:
        report.plot(table, options.plot)
    return 0


def measure(case: cases.Case, rounds: int, smoke: bool) -> report.Row:
    """Ours and the peer in turn; the ratio belongs to a round, so that slow drifts of the machine cancel."""
    pairs = [(case.ours(), case.peer()) for _ in range(min(rounds, case.rounds or rounds))]
    ratios = [case.ratio(*pair) for pair in pairs]
    median = statistics.median(ratios)
    return report.Row(
        case.name, case.cell, statistics.median(o for o, _ in pairs), statistics.median(p for _, p in pairs),
        case.unit, median, min(ratios), max(ratios), case.aim,
        "smoke" if smoke else case.verdict(median), case.note)


def describe(machine: dict[str, str], rounds: int) -> list[str]:
    """What the figures depend on."""
    def version(package: str) -> str:
        try:
            return f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            return f"{package} absent"

    cpu, flags = platform.processor(), []
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            cpu = value.strip()
        if key.strip() == "flags":
            flags = value.split()
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True)
    forced = os.environ.get("OPENBLAS_CORETYPE")
    vectors = next((name for name in ("avx512f", "avx2", "avx") if name in flags), "none")
    return [
        f"nnft {commit.stdout.strip() or 'unrecorded'}, {date.today()}, rounds {rounds}",
        f"processor {cpu}, {len(os.sched_getaffinity(0))} in use, vectors {vectors}",
        f"OpenBLAS core {machine['blas-core']}" + (f" (OPENBLAS_CORETYPE={forced})" if forced else ""),
        f"methods {machine['methods']}",
        ", ".join([f"python {platform.python_version()}"]
                  + [version(p) for p in ("numpy", "gstools", "gstools-core", "finufft", "scikit-learn", "scipy")]),
        f"load average at the start {os.getloadavg()[0]:.1f}",
        "ratio: a speed-up (>=) is peer/ours, an overhead (<=) is ours/peer; median and range over rounds",
    ]


if __name__ == "__main__":
    sys.exit(main())
