# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one case in a folder of its own and says what is wrong with what came of it."""

import ast
import dataclasses
import fnmatch
import json
import math
import os
import pathlib
import re
import resource
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import zipfile

from case import DONE, FAILED, NO_RESOURCES, UNDECIDED, USAGE

# Seconds of processor time a case may take; seconds of the clock, for one that sleeps; both times a loaded machine is no excuse and no fault.
LIMIT = 10.0
CLOCK = 12
ADDRESS_SPACE = 4 << 30
FILE_SIZE = 256 << 20
# A run is started if the program itself forecasts no more, in seconds of one thread.
SHORT = 2.0
LONGEST_MESSAGE = 4096

STACK_TRACE = re.compile(rb"Fatal error|Current stack trace|Thread \d+ .*crashed|HDF5-DIAG|Illegal instruction|Assertion .*failed|terminate called|Traceback \(|malloc\(\)|gnuplot> ")
NOT_A_NUMBER = re.compile(r"(?<![\w.\"'/-])[-+]?(?:nan|inf)(?![\w.\"'/-])", re.IGNORECASE)
CHECK_FAILED = re.compile(rb"reject|contradict|did not come out as expected|inconsistent")
FORECAST = re.compile(r"about ([\d.e+-]+|inf|nan) (s|min|h) on (-?\d+) threads?\b")
SIZE = re.compile(r"^file: .*, ([\d.e+]+) (MiB|GiB), \d+ networks", re.M)


@dataclasses.dataclass
class Outcome:
    code: int
    output: bytes
    errors: bytes
    seconds: float
    hangs: bool


@dataclasses.dataclass
class Verdict:
    code: int
    faults: list
    seconds: float
    isPlanOnly: bool = False


class Judge:
    def __init__(self, program, limit=LIMIT):
        self.program = os.path.abspath(program)
        self.limit = limit
        self.plots = shutil.which("gnuplot") is not None
        # The codes that the program documents.
        text = subprocess.run([self.program, "--help"], capture_output=True, text=True, errors="replace", timeout=60).stdout
        listed = re.search(r"Exit codes:(.*?)(?:USAGE|$)", text, re.S)
        self.documented = {int(code) for code in re.findall(r"(?:^|[ ,\n])(\d)\s+[a-z]", listed[1])} if listed else set(range(6))

    def verdict(self, case):
        """Runs the case and its follow-up in a fresh folder."""
        place = pathlib.Path(tempfile.mkdtemp(prefix="nnft-fuzz-"))
        try:
            return self.judged(case, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def judged(self, case, place):
        work, temporary = place / "work", place / "tmp"
        for folder in (work, temporary):
            folder.mkdir()
        write(case.files, work)
        faults, outcome = [], None
        if case.plans:
            plan = case.arguments + ("--dry-run",)
            outcome = self.run(plan, place)
            faults = self.faults(case, outcome, place, outputs=())
            if faults or outcome.code != DONE or not is_short(outcome.output):
                return Verdict(outcome.code, faults, outcome.seconds, isPlanOnly=True)
        seconds = outcome.seconds if outcome else 0
        outcome = self.run(case.arguments, place)
        faults = self.faults(case, outcome, place, case.outputs)
        if not faults and outcome.code == DONE:
            faults = self.results(case, place)
        return Verdict(outcome.code, faults, seconds + outcome.seconds)

    def run(self, arguments, place):
        """One process under limits, at the end of which none of its children lives."""
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(place / "tmp"), "TMPDIR": str(place / "tmp"), "LC_ALL": "C.UTF-8", "C": str(place / "CANARY"),
            "SWIFT_BACKTRACE": "enable=no", "COLUMNS": "100",
        }
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        with open(place / "stdout", "wb") as output, open(place / "stderr", "wb") as errors:
            process = subprocess.Popen(
                [self.program, *arguments], cwd=place / "work", stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment,
                    start_new_session=True, preexec_fn=limited)
            start, pause, hangs = time.monotonic(), 0.001, False
            while True:
                pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                clock = time.monotonic() - start
                if processor_seconds(process.pid) > self.limit or clock > CLOCK * self.limit:
                    hangs = True
                    os.killpg(process.pid, signal.SIGKILL)
                    pause = 0.001
                time.sleep(pause)
                pause = min(0.02, pause * 1.5)
            process.returncode = os.waitstatus_to_exitcode(status)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        seconds = usage.ru_utime + usage.ru_stime
        return Outcome(process.returncode, head(place / "stdout"), head(place / "stderr"), seconds, hangs or seconds > self.limit)

    def faults(self, case, outcome, place, outputs):
        """What is wrong with how the process ended and with what it left."""
        code, errors = outcome.code, outcome.errors
        faults = []
        if outcome.hangs:
            faults.append(f"hang: over {self.limit:g} s of processor time, or {CLOCK * self.limit:g} s of the clock")
        elif code < 0 or code >= 128:
            faults.append(f"crash: {signal.Signals(-code).name if code < 0 else code}")
        elif STACK_TRACE.search(errors):
            faults.append("crash: a stack trace or a library's own words on standard error")
        else:
            faults += self.code_faults(case, code, errors)
            faults += message_faults(code, errors)
        if code == DONE and case.scans and not_a_number(outcome.output.decode(errors="replace")):
            faults.append("nan: nan or inf on standard output, exit 0")
        if os.path.lexists(place / "CANARY"):
            faults.append("canary: a command from the input was executed")
        return faults + left_over(case, code, place, outputs)

    def code_faults(self, case, code, errors):
        if code not in self.documented:
            return [f"code: {code} is not documented"]
        if code == FAILED and not CHECK_FAILED.search(errors):
            return ["code: 1 without a failed check"]
        if code == NO_RESOURCES and b"gnuplot" in errors and not self.plots:
            return []
        if code not in case.codes:
            return [f"code: {code} where {sorted(case.codes)} would be right"]
        return []

    def results(self, case, place):
        """Follows up on the files that were written: whether they can be read, and hold numbers."""
        faults = []
        for path in sorted((place / "work").iterdir()):
            if path.name in case.files or not path.is_file() or case.arguments[0] in ("plot", "validate"):
                continue
            if path.stat().st_size == 0:
                faults.append(f"result: {path.name} is empty")
            elif case.arguments[0] == "sample":
                if path.suffix == ".npz" and not all_finite(path):
                    faults.append(f"nan: nan or inf in {path.name}, exit 0")
            elif path.suffix in (".tsv", ".csv", ".json", ".h5", ".npz") and path.name.startswith("out."):
                if "hadrons" in case.arguments:
                    continue
                read = self.run(("export", path.name, "--format", "tsv", "--quiet"), place)
                if read.code != DONE:
                    faults.append(f"result: {path.name} cannot be read again: {read.errors[:200].decode(errors='replace')}")
                elif case.scans and not_a_number(read.output.decode(errors="replace")):
                    faults.append(f"nan: nan or inf in {path.name}, exit 0")
        return faults


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def write(files, folder):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)


def head(path, size=8 << 20):
    with open(path, "rb") as file:
        return file.read(size)


def processor_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def is_short(plan):
    """Whether a plan forecasts a run that a test can wait for."""
    text = plan.decode(errors="replace")
    seconds = sum(float(number) * {"s": 1, "min": 60, "h": 3600}[unit] * max(1, int(threads)) for number, unit, threads in FORECAST.findall(text))
    mebibytes = sum(float(number) * {"MiB": 1, "GiB": 1024}[unit] for number, unit in SIZE.findall(text))
    return seconds <= SHORT and mebibytes <= 32


def message_faults(code, errors):
    """One line that says what is wrong; only the argument parser adds its usage lines."""
    if code == DONE:
        return []
    faults = []
    if len(errors) > LONGEST_MESSAGE:
        faults.append(f"message: {len(errors)} bytes")
    if re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]", errors):
        faults.append("message: control characters of the input are echoed")
    lines = errors.split(b"\n")
    if lines[-1] or not lines[:-1]:
        return faults + ["message: none, or without its line break"]
    if code == USAGE and lines[0].startswith(b"Error: "):
        return faults
    if code not in (FAILED, UNDECIDED) and (len(lines) != 2 or not lines[0].startswith(b"nnft: ")):
        faults.append(f"message: {len(lines) - 1} lines where one that begins with nnft: is right")
    return faults


def left_over(case, code, place, outputs):
    """Files that should not be there, that changed, or that are missing."""
    faults = []
    work = place / "work"
    for path in sorted(work.rglob("*")):
        name = str(path.relative_to(work))
        if name in case.files or path.is_dir() and any(known.startswith(name + "/") for known in case.files):
            continue
        allowed = any(fnmatch.fnmatchcase(name, pattern) or name == pattern for pattern in outputs)
        if not allowed or ".partial" in name or code not in (DONE, FAILED, UNDECIDED):
            faults.append(f"leftover: {name[:80]!r} after exit {code}")
    for name, data in case.files.items():
        path = work / name
        if not path.is_file():
            faults.append(f"leftover: the input {name[:80]!r} is gone")
        elif name not in outputs and path.read_bytes() != data:
            faults.append(f"leftover: the input {name[:80]!r} was changed")
    faults += [f"leftover: {path.name!r} in the temporary folder" for path in sorted((place / "tmp").iterdir())]
    return faults


def not_a_number(text):
    """Whether a text of tables, plans or JSON prints a number that is none; lines that repeat the theory's words are passed over."""
    if text.startswith("{"):
        try:
            json.loads(text, parse_constant=lambda _: float("nan").as_integer_ratio())
            return False
        except (ValueError, OverflowError, RecursionError):
            return True
    words = ("# set ", "set ", "# theory", "theory", "title", "source", "# title", "# source", "#  ", "array")
    return any(NOT_A_NUMBER.search(line) for line in text.split("\n") if not line.startswith(words))


def all_finite(path):
    """Whether all doubles and floats of an .npz file are finite numbers; in samples no number can be missing."""
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            data = file.read(name)
            size = struct.unpack("<H", data[8:10])[0]
            header = ast.literal_eval(data[10:10 + size].decode())
            if header["descr"] in ("<f8", "<f4"):
                letter = "d" if header["descr"] == "<f8" else "f"
                body = data[10 + size:]
                if not all(map(math.isfinite, struct.unpack(f"<{len(body) // struct.calcsize(letter)}{letter}", body))):
                    return False
    return True
