# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills runs at random times and lets them go on: the tables must be those of a run that was left alone, byte for byte.

    python3 Tests/Kills/kills.py [--kills 50] [--seed 1] [--nnft .build/release/nnft] [--only chains]

Every command that measures, and every way to draw. Every run is killed by SIGKILL, by turns by SIGTERM and SIGUSR1 too, after a random share of the time that it takes when it is left alone, until it has
been killed so often; each time the same command goes on. States are kept every second (`--checkpoint-every`), so a unit longer than that survives in
pieces. A unit is lost if the file has fewer of them after a kill than before. Of `sample` the file it writes is compared; one that is there when the run is killed
ended it. Control: a run of another seed must differ.
"""

import argparse
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

# A command for each way to draw; a second or two on one thread.
RUNS = {
    "independent": "correlate cos-net --draws 20000",
    "independent, two bins": "correlate cos-net --draws 20000 --set run.bins=16",
    "single neurons": "correlate cos-net --neuron-space --width 10,30 --draws 20000",
    "reweighting": "correlate phi4-1d --draws 50000 --set sampler.kind=reweighting",
    "chains": "correlate phi4-2d-strong --draws 20000 --set sampler.kind=chains",
    "sixteen chains": "correlate scalar-net-phi4 --draws 10000 --set sampler.kind=chains --set sampler.chains=16",
    "tempering": "correlate scalar-net-phi4 --draws 4000 --set sampler.kind=tempering --set sampler.chains=16",
    "smc": "correlate scalar-net-phi4 --draws 5333",
    "infinite width": "correlate phi4-1d --draws 66666 --set sampler.kind=chains",
    "pair sums": "correlate phi4-2d-envelope --draws 300 --set architecture.width=8 --set sampler.kind=chains",
    "collapsed": "correlate cos-net-regression --draws 13333 --set sampler.kind=collapsed",
    "collapsed chains": "correlate regression-erf --draws 5333 --set sampler.kind=collapsed-chains",
    "tilted neurons": "correlate gauss-net --points points.tsv --estimators tilted-point-functions --draws 20000",
    "study": "study cos-net --widths 5,10,20 --draws 6666",
    "study, single neurons": "study cos-net --neuron-space --widths 5,10,20 --draws 20000",
    "validate": "validate finite-width --only Cos-net",
    "measure": "measure fields.npz",
    "sample": "sample cos-net --draws 200000 --set lattice.sites=16x16 --fields-only -o result.npz --force",
    "sample, chains": "sample phi4-2d-strong --draws 20000 --set sampler.kind=chains --fields-only -o result.npz --force",
}
# What a run needs in its folder.
FILES = {
    "tilted neurons": ("points.tsv", "set\tx1\tx2\na\t0\t0\na\t0.5\t0\nb\t0\t0\nb\t0\t0\nb\t1\t0\nb\t0\t1\n"),
}
BEFORE = {"measure": "sample cos-net --draws 60000 --fields-only -o fields.npz"}
# How a run is ended: as a lost machine does, as a scheduler does.
SIGNALS = [signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1]


def words(program, line, *more):
    return [program, *shlex.split(line), "--threads", "1", "--quiet", *more]


def records(path):
    """Frames of a file of records that are whole: those of units, those of states."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return 0
    place, units = data.find(b"\n") + 1, 0
    while place and place + 16 <= len(data):
        length = int.from_bytes(data[place : place + 8], "little")
        if place + 16 + length > len(data):
            break
        # A binary property list names its keys.
        units += b"\x56record" in data[place + 16 : place + 16 + length]
        place += 16 + length
    return units


def content(path):
    """What a run wrote beside its output, if it wrote anything."""
    return path.read_bytes() if path.exists() else b""


def differences(a, b):
    """Number of bytes that differ."""
    return 0 if a == b else sum(x != y for x, y in zip(a, b)) + abs(len(a) - len(b))


def campaign(program, name, line, kills, chance):
    """Kills one run `kills` times; returns what came of it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nnft-kills-"))
    try:
        if name in FILES:
            (folder / FILES[name][0]).write_text(FILES[name][1])
        if name in BEFORE:
            subprocess.run(words(program, BEFORE[name]), check=True, cwd=folder)
        start = time.monotonic()
        whole = subprocess.run(words(program, line), capture_output=True, cwd=folder)
        seconds = time.monotonic() - start
        written = folder / "result.npz"
        expected = whole.stdout + content(written)
        done = runs = lost = differing = wrong = 0
        while done < kills:
            # One run from the beginning to the end, killed as often as it lasts, at most ten times.
            kept = folder / f"run{runs}.records"
            runs += 1
            most = min(kills - done, 10)
            while True:
                before = records(kept)
                written.unlink(missing_ok=True)
                process = subprocess.Popen(
                    words(program, line, "--checkpoint", str(kept), "--resume", "--checkpoint-every", "1"), stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, cwd=folder)
                number = chance.choice(SIGNALS)
                try:
                    out, errors = process.communicate(timeout=None if most == 0 else chance.uniform(0.03, 0.5) * max(seconds, 0.5))
                except subprocess.TimeoutExpired:
                    process.send_signal(number)
                    out, errors = process.communicate()
                    done, most = done + 1, most - 1
                    if process.returncode != whole.returncode and written.exists():
                        # Killed while it cleared up.
                        differing += differences(out + content(written), expected)
                        break
                    # `sample` removes its records when it has ended.
                    lost += max(0, before - records(kept)) if process.returncode != whole.returncode else 0
                    # One that had not begun to answer signals is killed by any of them; one that was about to end may have ended.
                    if process.returncode not in (-number, 4 if number != signal.SIGKILL else -9, whole.returncode):
                        wrong += 1
                        print(f"{name}: exit code {process.returncode} after {number.name}: {errors.decode().strip()}")
                    if process.returncode != whole.returncode:
                        continue
                if process.returncode != whole.returncode:
                    wrong += 1
                    print(f"{name}: exit code {process.returncode}: {errors.decode().strip()}")
                if process.returncode == whole.returncode:
                    differing += differences(out + content(written), expected)
                break
        return dict(seconds=seconds, kills=done, runs=runs, lost=lost, differing=differing, wrong=wrong, code=whole.returncode)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50, help="of each run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nnft", default=str(ROOT / ".build/release/nnft"))
    parser.add_argument("--only", help="runs whose name contains this")
    options = parser.parse_args()
    options.nnft = str(pathlib.Path(options.nnft).resolve())  # runs have folders of their own
    control = [subprocess.run(words(options.nnft, RUNS["independent"], "--seed", s), capture_output=True).stdout for s in ("1", "2")]
    if control[0] == control[1]:
        sys.exit("the control failed: runs of two seeds are the same bytes")
    chance = random.Random(options.seed)
    print(f"{'run':24}{'seconds':>9}{'kills':>7}{'runs':>6}{'lost units':>12}{'differing bytes':>17}{'wrong ends':>12}", flush=True)
    total, failed = 0, False
    for name, line in RUNS.items():
        if options.only and options.only not in name:
            continue
        result = campaign(options.nnft, name, line, options.kills, chance)
        total += result["kills"]
        failed = failed or result["code"] != 0 or result["lost"] + result["differing"] + result["wrong"] > 0
        print(
            f"{name:24}{result['seconds']:9.2f}{result['kills']:7}{result['runs']:6}{result['lost']:12}{result['differing']:17}"
            f"{result['wrong']:12}", flush=True)
    print(f"{total} kills")
    sys.exit(1 if failed or total == 0 else 0)


main()
