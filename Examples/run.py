#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""usage: run.py [NOTEBOOK ...]   Runs notebooks, all of this folder if none is named, and stores them with what their cells print and draw.

What differs from run to run (times, counters of a session) is taken out, so that equal numbers give equal files.
"""

import pathlib
import re
import sys
import tempfile

import nbclient
import nbformat

HERE = pathlib.Path(__file__).resolve().parent


def joined(outputs):
    """What a cell prints comes in as many pieces as time will have it: one piece a stream."""
    kept = []
    for output in outputs:
        if kept and output.output_type == kept[-1].output_type == "stream" and output.name == kept[-1].name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def executed(path, directory):
    """The notebook with outputs; its figures are written to the directory."""
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(directory)}}).execute()
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
        for output in cell.get("outputs", []):
            # Objects of a session have addresses.
            for kind, text in output.get("data", {}).items():
                if isinstance(text, str) and kind.startswith("text/"):
                    output["data"][kind] = re.sub(r" at 0x[0-9a-f]+", "", text)
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    return notebook


if __name__ == "__main__":
    for path in map(pathlib.Path, sys.argv[1:] or sorted(HERE.glob("*.ipynb"))):
        with tempfile.TemporaryDirectory() as directory:
            nbformat.write(executed(path, directory), path)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
