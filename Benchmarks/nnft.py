# SPDX-License-Identifier: GPL-3.0-or-later
"""nnft as the benchmarks see it: the server nnft-bench, and whole runs of the binary."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


class Refused(Exception):
    """nnft-bench does not do this: an unknown method, or one that does not apply."""


@dataclass
class Network:
    """One network of the ensemble, phi(x) = sum_i c_i f(k_i.x + b_i), and its field by nnft."""

    c: np.ndarray  # N
    k: np.ndarray  # d x N
    b: np.ndarray  # N
    field: np.ndarray  # sites, row-major


class Server:
    """Asks a running nnft-bench for CPU times; see Benchmarks/NNFTBench/NNFTBench.swift for the requests."""

    def __init__(self, build: Path):
        self.process = subprocess.Popen(
            [build / "nnft-bench"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, verb: str, **words) -> dict[str, str]:
        line = " ".join([verb] + [f"{key}={value}" for key, value in words.items()])
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        status, _, rest = self.process.stdout.readline().strip().partition(" ")
        if status != "ok":
            raise Refused(f"{line}: {rest or 'nnft-bench ended'}")
        return dict(word.split("=", 1) for word in rest.split())

    def seconds(self, verb: str, **words) -> float:
        return float(self.ask(verb, **words)["seconds"])

    def networks(self, count: int, **words) -> tuple[list[Network], dict[str, str]]:
        """The first networks of an ensemble with their fields, and what else nnft-bench says of them."""
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/networks"
            notes = self.ask("dump", networks=count, path=path, **words)
            width, sites = int(words["architecture.width"]), int(notes["sites"])
            rows = np.fromfile(path).reshape(count, -1)
        dimension = (rows.shape[1] - sites) // width - 2
        networks = []
        for row in rows:
            parameters, field = row[: (dimension + 2) * width].reshape(-1, width), row[-sites:]
            c, k, b = (np.ascontiguousarray(x) for x in (parameters[0], parameters[1:-1], parameters[-1]))
            networks.append(Network(c, k, b, field.copy()))
        return networks, notes

    def close(self):
        self.process.stdin.close()
        self.process.wait()


@dataclass
class Run:
    """What a run of the binary took."""

    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


# Linux counts the memory of the process that forks into the peak of its child, so a small one must do it.
LAUNCHER = """
import os, sys, time
start = time.perf_counter()
silence = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=silence), 0)
wall = time.perf_counter() - start
print(os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


def correlate(build: Path, *arguments: str) -> Run:
    """`nnft correlate`, to its end."""
    command = [build / "nnft", "correlate", *arguments, "--quiet", "--format", "tsv"]
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, *command], capture_output=True, text=True, check=True)
    code, wall, cpu, peak = launched.stdout.split()
    if code != "0":
        raise RuntimeError(f"nnft correlate {' '.join(arguments)}: exit status {code}: {launched.stderr.strip()}")
    return Run(float(wall), float(cpu), float(peak))
