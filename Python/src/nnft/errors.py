# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the program as exceptions: one class for each exit code, the same words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import Result


class NnftError(Exception):
    """The program ended with a fault. Its text is what the program said.

    Attributes:
        code: the exit code; negative where a signal ended the program.
        command: the command, word by word.
    """

    def __init__(self, message: str, *, code: int = 70, command: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.command = list(command)


class CheckFailed(NnftError):
    """Exit code 1: a table contradicts its exact values. The tables are in `result`."""

    result: Result | None = None


class UsageError(NnftError, ValueError):
    """Exit code 2: an argument is wrong."""


class FileError(NnftError, ValueError):
    """Exit code 3: a theory or data file is wrong."""


class Interrupted(NnftError):
    """Exit code 4: a signal or a time limit ended the run; the message says what is kept."""


class OutOfResources(NnftError):
    """Exit code 5: memory or disk do not suffice, or a program that is needed is missing."""


class Undecided(NnftError):
    """Exit code 6: nothing is contradicted, but too little data decides some claims."""


class ProgramNotFound(NnftError):
    """There is no nnft program to run."""


class MissingPackage(NnftError, ImportError):
    """A Python package is needed that is not installed."""


BY_CODE: dict[int, type[NnftError]] = {
    1: CheckFailed, 2: UsageError, 3: FileError, 4: Interrupted, 5: OutOfResources, 6: Undecided,
}
