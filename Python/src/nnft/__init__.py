# SPDX-License-Identifier: GPL-3.0-or-later
"""The numerical laboratory of neural-network field theory, from Python.

A thin layer over the program `nnft`: it runs it and reads its files; the physics is there.

    import nnft
    run = nnft.correlate("cos-net", width=100, draws=1e5)
    run["two-point"].frame          # value, error, exact, pull
"""

from ._binary import Progress, program
from .commands import PointsLike, TheoryLike, correlate, fields, measure, sample, study, validate
from .errors import (
    CheckFailed, FileError, Interrupted, MissingPackage, NnftError, OutOfResources, ProgramNotFound, Undecided, UsageError,
)
from .results import JointTest, Result, Table, load
from .samples import inference_data
from .theories import Theory, theory
from .validation import Claim, Validation

__version__ = "0.1.0"

__all__ = [
    "CheckFailed", "Claim", "FileError", "Interrupted", "JointTest", "MissingPackage", "NnftError", "OutOfResources",
    "PointsLike", "ProgramNotFound", "Progress", "Result", "Table", "Theory", "TheoryLike", "Undecided", "UsageError",
    "Validation", "correlate", "fields", "inference_data", "load", "measure", "program", "sample", "study", "theory", "validate",
]
