# SPDX-License-Identifier: GPL-3.0-or-later
"""The notebooks of Examples/ run from the first cell to the last, draw their figures, and print what is stored in them."""

import os
import pathlib
import sys

import nbformat
import pytest

from conftest import NNFT, ROOT

sys.path.insert(0, str(ROOT / "Examples"))
from run import executed  # noqa: E402

EXAMPLES = sorted((ROOT / "Examples").glob("*.ipynb"))


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


def printed(notebook):
    """What cells print, without numbers: these differ in the last digits from processor to processor. Bars of long runs, on standard error, are left out."""
    return [
        output["text"].translate({ord(digit): "0" for digit in "123456789"}).replace("0", "")
        for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "stream" and output.name == "stdout"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path, monkeypatch):
    stored = nbformat.read(path, as_version=4)
    assert all(cell.outputs or cell.source.startswith(("import", "assert")) for cell in stored.cells if cell.cell_type == "code")
    monkeypatch.setenv("NNFT", str(NNFT))
    notebook = executed(path, tmp_path)
    assert printed(notebook) == printed(stored)
    figures = list(tmp_path.glob("*.png"))
    assert figures and all(figure.stat().st_size > 10_000 for figure in figures)
