# SPDX-License-Identifier: GPL-3.0-or-later
"""The built program for the package, and a run that all tests share."""

import os
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
os.environ.setdefault("NNFT", str(ROOT / ".build" / "release" / "nnft"))

import nnft  # noqa: E402

SMALL = {"lattice.sites": [8, 8]}


@pytest.fixture(scope="session")
def run():
    """Cos-net on 8x8 sites, every table sound."""
    return nnft.correlate("cos-net", draws=12000, settings=SMALL, progress=False)
