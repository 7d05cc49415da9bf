# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of Examples/ run and draw their figures."""

import os
import pathlib
import subprocess
import sys

import pytest

from conftest import NNFT, ROOT

EXAMPLES = sorted((ROOT / "Examples").glob("*.py"))


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_example(script, tmp_path):
    environment = {**os.environ, "PATH": f"{pathlib.Path(NNFT).parent}:{os.environ['PATH']}", "MPLBACKEND": "agg"}
    subprocess.run([sys.executable, script], cwd=tmp_path, env=environment, check=True)
    figures = list(tmp_path.glob("*.png"))
    assert figures and all(figure.stat().st_size > 10_000 for figure in figures)
