# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the built program in every format, made once and shared by all tests."""

import csv
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NNFT = pathlib.Path(os.environ.get("NNFT", ROOT / ".build" / "release" / "nnft"))

# A name without the ending of the format keeps all tables in one file.
SUFFIXES = {"tsv": "txt", "json": "json", "hdf5": "h5", "npz": "npz", "pyerrors": "json.gz"}


def nnft(*arguments, directory):
    subprocess.run([NNFT, *map(str, arguments)], cwd=directory, check=True, stderr=subprocess.DEVNULL)


def read_tsv(path):
    """{table: {column: [text]}} of a TSV file; empty text where a cell is missing."""
    tables, columns = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# table: "):
            columns, name = None, line.removeprefix("# table: ")
        elif line and not line.startswith("#"):
            cells = line.split("\t")
            if columns is None:
                columns = cells
                tables[name] = {column: [] for column in columns}
            else:
                for column, cell in zip(columns, cells):
                    tables[name][column].append(cell)
    return tables


class Run:
    """The files of one run and its tables as text."""

    def __init__(self, directory, *arguments):
        self.directory = directory
        for name, suffix in SUFFIXES.items():
            nnft("correlate", *arguments, "--format", name, "-o", f"run.{suffix}", directory=directory)
        (directory / "bins").mkdir()
        nnft("correlate", *arguments, "--format", "hadrons", "-o", "bins/run", directory=directory)
        self.tables = read_tsv(self.path("tsv"))

    def path(self, name):
        return self.directory / f"run.{SUFFIXES[name]}"


def lattice_run(directory, draws):
    """Cos-net on 12x12 sites: all lattice tables sound."""
    return Run(directory, "cos-net", "--set", "lattice.sites=12x12", "--draws", draws)


def points_run(directory):
    """Gauss-net at points near and far: text columns, rows without error bars."""
    rows = [("near", 0.0, 0.1), ("near", 0.2, 0.0), ("far", 3.0, 0.1), ("far", 3.2, 0.0)]
    rows += [("four", 0.1 * i, 0.2) for i in range(4)]
    with open(directory / "points.tsv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t").writerows([("set", "x1", "x2"), *rows])
    return Run(directory, "gauss-net", "--points", "points.tsv", "--draws", 5120)


# 256 bins by default: 12800 networks fill them equally, 12500 do not; both are enough for 4-point functions.
MAKERS = {
    "equal": lambda directory: lattice_run(directory, 12800),
    "unequal": lambda directory: lattice_run(directory, 12500),
    "points": points_run,
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Runs by name, each made when first asked for."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = MAKERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return get


@pytest.fixture(params=["equal", "unequal"])
def run(request, runs):
    return runs(request.param)


@pytest.fixture(params=list(MAKERS))
def any_run(request, runs):
    return runs(request.param)
