# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the same runs in every way: threads x shards x ranks, interrupted or not. All tables must be those of one thread, byte for byte.

    python3 Tests/Restarts/restarts.py [--nnft .build/release/nnft] [--mpi .build-mpi/release/nnft] [--ways 10] [--short] [--only chains]

Shards are merged by `nnft merge`. An interrupted run (each of its shards) is ended by SIGUSR1, as batch systems do, after a random part of its time, and goes on
with another number of threads and of ranks. Ranks above one need a program built with the trait MPI, and mpirun. Control: a run of another seed differs.
"""

import argparse
import itertools
import os
import pathlib
import random
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

RUNS = {
    "independent": "cos-net --draws 20000",
    "single neurons": "cos-net --neuron-space --width 10,30 --draws 20000",
    "reweighting": "phi4-1d --draws 40000 --set sampler.kind=reweighting",
    "chains": "phi4-2d-strong --draws 16000 --set sampler.kind=chains",
    "tempering": "scalar-net-phi4 --draws 3200 --set sampler.kind=tempering --set sampler.chains=16",
    "smc": "scalar-net-phi4 --draws 6400",
}
THREADS, SHARDS, RANKS = [1, 2, 7], [1, 3, 16], [1, 2, 5]
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]


def started(options, ranks, words, folder):
    program = [options.nnft] if ranks == 1 else [*MPIRUN, "-np", str(ranks), options.mpi]
    environment = dict(os.environ, OMPI_MCA_btl_vader_single_copy_mechanism="none")
    return subprocess.Popen([*program, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder, env=environment)


def carried_out(options, line, threads, shards, ranks, is_interrupted, seconds, chance, folder):
    """The tables of one way, or what went wrong."""
    files = [f"{shard}.records" for shard in range(1, shards + 1)]
    out = b""
    for shard, file in enumerate(files, 1):
        work, crew, rest = threads, ranks, int(is_interrupted)
        while True:
            words = ["correlate", *shlex.split(line), "--threads", str(work), "--quiet", "--checkpoint", file, "--resume"]
            words += ["--shard", f"{shard}/{shards}"] if shards > 1 else []
            process = started(options, crew, words, folder)
            if rest > 0:
                # mpirun can hang for good when a signal finds it starting its ranks: the root's file shows that they run.
                while crew > 1 and process.poll() is None and not (folder / file).exists():
                    time.sleep(0.01)
                try:
                    out, errors = process.communicate(timeout=chance.uniform(0.1, 0.8) * max(0.3, seconds / shards))
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGUSR1)
                    out, errors = process.communicate(timeout=600)
                    rest -= 1
                    if process.returncode != 0:
                        # One that had not begun to answer signals is ended by any of them; mpirun says so with 128 more.
                        if process.returncode not in (4, -signal.SIGUSR1, 128 + signal.SIGUSR1):
                            return f"exit code {process.returncode} after SIGUSR1: {errors.decode().strip()[-300:]}"
                        work, crew = chance.choice(THREADS), chance.choice(RANKS) if options.mpi else 1
                        continue
            else:
                out, errors = process.communicate(timeout=1200)
            if process.returncode != 0:
                return f"exit code {process.returncode}: {errors.decode().strip()[-300:]}"
            break
    if shards > 1:
        merge = subprocess.run([options.nnft, "merge", *files, "--quiet"], capture_output=True, cwd=folder)
        out = merge.stdout if merge.returncode == 0 else merge.stderr
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nnft", default=str(ROOT / ".build/release/nnft"))
    parser.add_argument("--mpi", help="a program with the trait MPI; without it one rank only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ways", type=int, help="so many of the 54 ways, chosen by the seed")
    parser.add_argument("--short", action="store_true", help="one run, three ways")
    parser.add_argument("--only", help="runs whose name contains this")
    options = parser.parse_args()
    options.nnft = str(pathlib.Path(options.nnft).resolve())
    options.mpi = options.mpi and str(pathlib.Path(options.mpi).resolve())
    chance = random.Random(options.seed)
    ways = list(itertools.product(THREADS, SHARDS, RANKS if options.mpi else [1], [False, True]))
    if options.ways:
        ways = chance.sample(ways, options.ways)
    if options.short:
        ways = [(2, 3, 1, True), (7, 1, 1, True), (1, 16, 1, False)]
    total = differing = 0
    for name, line in RUNS.items():
        if options.only and options.only not in name or options.short and name != "chains":
            continue
        words = [options.nnft, "correlate", *shlex.split(line), "--threads", "1", "--quiet"]
        start = time.monotonic()
        whole = subprocess.run(words, capture_output=True, check=True).stdout
        seconds = time.monotonic() - start
        if whole == subprocess.run([*words, "--seed", "2"], capture_output=True, check=True).stdout:
            sys.exit("the control failed: runs of two seeds are the same bytes")
        wrong = 0
        for threads, shards, ranks, is_interrupted in ways:
            folder = pathlib.Path(tempfile.mkdtemp(prefix="nnft-restarts-"))
            try:
                found = carried_out(options, line, threads, shards, ranks, is_interrupted, seconds, chance, folder)
            finally:
                shutil.rmtree(folder)
            total += 1
            if found != whole:
                wrong += 1
                text = found if isinstance(found, str) else f"{len(found)} other bytes"
                print(f"{name}: {threads} threads, {shards} shards, {ranks} ranks, interrupted {is_interrupted}: {text}", flush=True)
        differing += wrong
        print(f"{name:16} {len(ways):4} ways, {wrong} differ, {len(whole)} bytes", flush=True)
    print(f"{total} ways, {differing} differ")
    sys.exit(1 if differing or total == 0 else 0)


main()
