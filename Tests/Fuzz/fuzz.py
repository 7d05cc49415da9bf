# SPDX-License-Identifier: GPL-3.0-or-later
"""Feeds nnft with mutated theories, points, results, fields and command lines; none may end in a crash, a hang, a NaN or a wrong exit code.

    python3 Tests/Fuzz/fuzz.py [--count 2000] [--seed 1] [--nnft .build/release/nnft] [--workers 2]
    python3 Tests/Fuzz/fuzz.py --seed 1 --only 17,305       these cases again

Case i of seed s is a function of i and s alone (and of the result files, which the program itself writes). Its inputs stay in
.build-fuzz/ if it fails, with a line that repeats it. First come programs that do wrong on purpose: the judge must catch each.
"""

import argparse
import collections
import multiprocessing
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

import commands
import control
import fields
import judge
import results
import theories

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Campaigns by turns, so that any stretch of cases has all of them.
TURNS = [theories.theory_case, commands.command_case, theories.theory_case, results.result_case, theories.theory_case, commands.command_case,
         theories.theory_case, results.result_case, commands.command_case, theories.theory_case, results.result_case, theories.points_case,
         fields.fields_case]


class Seeds:
    """What is mutated: small legal theories, results of every format and fields as the program writes them."""

    def __init__(self, program):
        named = [(path.stem, path.read_text()) for path in sorted((ROOT / "Theories").glob("*.toml"))]
        named += [(f"new {kind}", printed(program, "new", kind)) for kind in commands.KINDS]
        self.theories = [(name, theories.shrink(text)) for name, text in named]
        self.results = []
        with tempfile.TemporaryDirectory() as folder:
            for name, theory, options in results.RUNS:
                for ending in results.FORMATS:
                    # Text files of several tables have no ending.
                    path = pathlib.Path(folder) / (name if ending in ("tsv", "csv") else f"{name}.{ending}")
                    form = ["--format", ending] if path.suffix == "" else []
                    subprocess.run([program, "correlate", theory, *options, "--threads", "1", "--quiet", "--force", *form, "-o", path], check=True,
                        timeout=120)
                    self.results.append((name, ending, path.read_bytes()))
        self.fields = []
        with tempfile.TemporaryDirectory() as folder:
            for name, theory, options in fields.RUNS:
                path = pathlib.Path(folder) / name
                subprocess.run([program, "sample", theory, *options, "--threads", "1", "--quiet", "-o", path], check=True, timeout=120)
                self.fields.append((name, path.read_bytes()))
        self.table = next(data for _, ending, data in self.results if ending == "tsv")


def printed(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True, timeout=60).stdout


def case(seeds, seed, number):
    """Case `number` of `seed`."""
    return TURNS[number % len(TURNS)](random.Random(f"{seed} {number}"), seeds)


def start(program, seed, keep):
    global worker
    worker = (judge.Judge(program), Seeds.current, seed, keep)


def work(number):
    the_judge, seeds, seed, keep = worker
    this = case(seeds, seed, number)
    verdict = the_judge.verdict(this)
    if verdict.faults:
        save(this, verdict, the_judge.program, pathlib.Path(keep) / f"{seed}-{number}")
    return number, this.campaign, f"{this.arguments[0] if this.arguments else 'nnft'}: {this.story}", verdict


def save(this, verdict, program, folder):
    """The inputs of a case and a script that repeats it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    judge.write(this.files, folder)
    command = " ".join(shlex.quote(word) for word in [program, *this.arguments])
    text = f"# {this.campaign}: {this.story!r}\n" + "".join(f"# {fault!r}\n" for fault in verdict.faults) + f"C=CANARY {command}\n"
    (folder / "repeat.sh").write_bytes(text.encode(errors="surrogateescape"))


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--nnft", default=ROOT / ".build/release/nnft", help="the program")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="", help="numbers of cases, separated by commas")
    options.add_argument("--campaign", default="", help="theory, points, results, fields or commands; all if left out")
    options.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    options.add_argument("--keep", default=ROOT / ".build-fuzz", help="where inputs of failures are left")
    options.add_argument("--control", action="store_true", help="try the judge only")
    options = options.parse_args()
    missed = control.missed()
    for words in missed:
        print("CONTROL", words)
    if missed or options.control:
        print(f"control: {len(control.PROGRAMS) - len(missed)} of {len(control.PROGRAMS)} programs judged rightly")
        return 1 if missed else 0
    program = os.path.abspath(options.nnft)
    Seeds.current = Seeds(program)
    numbers = [int(n) for n in options.only.split(",")] if options.only else range(options.count)
    if options.campaign:
        numbers = [n for n in numbers if case(Seeds.current, options.seed, n).campaign == options.campaign]
    begin = time.monotonic()
    counts, seconds, planned, failed = collections.Counter(), 0.0, 0, 0
    with multiprocessing.get_context("fork").Pool(options.workers, start, (program, options.seed, str(options.keep))) as pool:
        for number, campaign, story, verdict in pool.imap(work, numbers, chunksize=1):
            counts[campaign, verdict.code] += 1
            seconds += verdict.seconds
            planned += verdict.isPlanOnly
            failed += bool(verdict.faults)
            if verdict.faults or options.only:
                print(f"{options.seed}-{number} {campaign}, {ascii(story)[:200]}: exit {verdict.code}, {verdict.seconds:.1f} s: {ascii('; '.join(verdict.faults) or 'right')}", flush=True)
    report(counts)
    print(f"{len(numbers)} cases of seed {options.seed}, {failed} failed; {planned} ended with the plan; {seconds:.0f} s of processor time, {time.monotonic() - begin:.0f} s in all")
    if failed:
        print(f"inputs and repeat.sh of each failure: {options.keep}")
    return 1 if failed else 0


def report(counts):
    """Cases by campaign and exit code."""
    codes = sorted({code for _, code in counts}, key=lambda code: (code < 0, code))
    print("campaign".ljust(12) + "".join(f"{code:>7}" for code in codes))
    for campaign in sorted({campaign for campaign, _ in counts}):
        print(campaign.ljust(12) + "".join(f"{counts[campaign, code] or '':>7}" for code in codes))


if __name__ == "__main__":
    sys.exit(main())
