# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the program and runs it: its progress, its words, its faults, and Ctrl-C."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from .errors import BY_CODE, MissingPackage, NnftError, ProgramNotFound

CARRIED = pathlib.Path(__file__).parent / "_tree" / "bin" / "nnft"


class Progress(Protocol):
    """What is told of a run while it works: a record of the program's stream, {"done": 1200, "of": 20000, "unit": "networks", ...}."""

    def __call__(self, record: dict[str, Any], /) -> None: ...


def program() -> str:
    """The path of the program: $NNFT, the one that came with this package, or `nnft` on the PATH."""
    chosen = os.environ.get("NNFT")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise ProgramNotFound(f"NNFT={chosen} is no program; name the nnft program, or unset it")
        return found
    if CARRIED.exists():
        return str(CARRIED)
    for folder in os.get_exec_path():
        path = pathlib.Path(folder) / "nnft"
        # The console script of this package is called nnft as well: it is text, the program is not.
        if path.is_file() and os.access(path, os.X_OK) and path.read_bytes()[:2] != b"#!":
            return str(path)
    raise ProgramNotFound(
        "no nnft program: this installation carries none and none is on the PATH; build it (make install), "
        "install a wheel that carries it (make wheel), or name it in the environment variable NNFT")


def main() -> None:
    """The console script: becomes the program."""
    try:
        path = program()
    except ProgramNotFound as error:
        sys.exit(f"nnft: {error}")
    os.execv(path, [path, *sys.argv[1:]])


def needed(module: str, purpose: str) -> Any:
    """Imports an optional package, or says what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.split(".")[0]
        raise MissingPackage(f"{purpose} needs the Python package {name}: pip install {name}", command=[]) from error


@dataclass
class Outcome:
    """What a command left behind."""

    code: int
    output: str
    notes: list[str] = field(default_factory=list)


class _Bar:
    """A tqdm bar over the records of a run; a new one for every run of a study."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # In a notebook without ipywidgets tqdm falls back to text, and says so among the results.
            warnings.simplefilter("ignore")
            self._tqdm: Any = needed("tqdm.auto", "a progress bar").tqdm
        self._bar: Any = None
        self._key: tuple[Any, ...] = ()

    def __call__(self, record: dict[str, Any], /) -> None:
        # Experiments of a validation have labels of their own and one bar.
        label = record.get("label") if record["unit"] != "experiments" else None
        key = (record["of"], record["unit"], label)
        if key != self._key:
            self.close()
            self._bar = self._tqdm(total=record["of"], unit=" " + record["unit"], desc=label, leave=False)
            self._key = key
        self._bar.update(record["done"] - self._bar.n)
        if "relative_error" in record:
            self._bar.set_postfix_str(f"relative error {record['relative_error']:.1e}", refresh=False)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _display(progress: bool | Progress | None) -> Any:
    """What to tell progress: None where nobody looks."""
    if callable(progress):
        return progress
    if progress is None:
        # A notebook, or a terminal; and only if tqdm is there.
        interactive = "ipykernel" in sys.modules or sys.stderr.isatty()
        progress = interactive and importlib.util.find_spec("tqdm") is not None
    return _Bar() if progress else None


def _fault(lines: list[str], code: int, command: Sequence[str]) -> NnftError:
    """The exception for an exit code, in the program's own words."""
    if code < 0:
        return NnftError(f"the program was ended by {signal.Signals(-code).name}", code=code, command=command)
    start = next((i for i, line in enumerate(lines) if line.startswith("Error:")), max(0, len(lines) - 1))
    message = "\n".join(lines[start:]) or f"the program ended with exit code {code}"
    return BY_CODE.get(code, NnftError)(message.removeprefix("nnft: ").removeprefix("Error: "), code=code, command=command)


def run(
    arguments: Sequence[str], *, progress: bool | Progress | None = False, accept: Sequence[int] = (0,),
    cwd: str | os.PathLike[str] | None = None,
) -> Outcome:
    """Runs the program and returns what it left behind.

    Args:
        arguments: the words behind `nnft`.
        progress: True for a tqdm bar, a function that is given the records, None for a bar where somebody looks.
            The command must know `--progress` unless this is False.
        accept: exit codes that are no faults.
        cwd: where it runs.

    Raises:
        NnftError: of the class that belongs to the exit code, for all codes not accepted.
        KeyboardInterrupt: after the program was told and has ended, with its last words as a note.
    """
    display = _display(progress)
    command = [program(), *arguments] + ([] if display is None else ["--progress", "json"])
    lines: list[str] = []
    # Standard output goes to a file: whichever stream fills, the other is read.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True, encoding="utf-8",
            errors="replace", cwd=cwd)
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if display is not None and line.startswith("{"):
                    display(json.loads(line))
                elif line.strip():
                    lines.append(line.rstrip("\n"))
            process.wait()
        except BaseException as error:
            # Ctrl-C, or a fault of the display: the program ends as on a terminal, nothing unfinished stays.
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate()
            words = [line for line in rest.splitlines() if line.startswith("nnft: ")]
            if words and hasattr(error, "add_note"):
                error.add_note(words[-1])
            raise
        finally:
            process.stderr.close()
            if isinstance(display, _Bar):
                display.close()
        output.seek(0)
        text = output.read().decode("utf-8", errors="replace")
    if process.returncode not in accept:
        raise _fault(lines, process.returncode, command)
    return Outcome(process.returncode, text, [line.removeprefix("nnft: ") for line in lines])
