# SPDX-License-Identifier: GPL-3.0-or-later
"""A case: one command line with its files, and what may come of it."""

import dataclasses

DONE, FAILED, USAGE, BAD_FILE, INTERRUPTED, NO_RESOURCES, UNDECIDED = range(7)

# What a theory or data file that says something extreme may end in: a result, a refusal, a shortage.
OPEN = frozenset({DONE, BAD_FILE, NO_RESOURCES})


@dataclasses.dataclass(frozen=True)
class Case:
    campaign: str
    story: str
    arguments: tuple
    files: dict = dataclasses.field(default_factory=dict)
    # Exit codes that are right.
    codes: frozenset = frozenset({DONE})
    # Names that may be there afterwards; a `*` at the end stands for anything.
    outputs: tuple = ()
    # The run follows its --dry-run, and only where the program forecasts a short one.
    plans: bool = False
    # Whether the words nan and inf in the output are numbers, rather than texts that the case itself brought in.
    scans: bool = True


def codes(*values):
    return frozenset(values)
