# SPDX-License-Identifier: GPL-3.0-or-later
"""The notebooks of Examples/ run from the first cell to the last and draw their figures."""

import os
import pathlib

import nbclient
import nbformat
import pytest

from conftest import NNFT, ROOT

EXAMPLES = sorted((ROOT / "Examples").glob("*.ipynb"))


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path, tmp_path, monkeypatch):
    notebook = nbformat.read(path, as_version=4)
    # Kept without results: these are made here.
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")
    monkeypatch.setenv("PATH", f"{pathlib.Path(NNFT).resolve().parent}:{os.environ['PATH']}")
    monkeypatch.setenv("MPLBACKEND", "agg")
    nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    figures = list(tmp_path.glob("*.png"))
    assert figures and all(figure.stat().st_size > 10_000 for figure in figures)
