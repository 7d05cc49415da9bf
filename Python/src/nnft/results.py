# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of a run: read from its HDF5 file, whose layout is in docs/formats.md."""

from __future__ import annotations

import os
import pathlib
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from . import _binary
from .errors import FileError, NnftError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

#: Columns that are no coordinates.
MEASURED = ("value", "error", "exact", "pull", "status")


@dataclass(frozen=True)
class JointTest:
    """Hotelling's test of a whole table against its exact values, with the covariance of its rows.

    Attributes:
        rows: how many rows were tested together.
        t2: the statistic.
        directions: resolved directions it counts.
        p: probability of data at least as far from the exact values if these are true.
    """

    rows: int
    t2: float
    directions: int
    p: float

    def __str__(self) -> str:
        return f"p = {self.p:g} (T2 = {self.t2:g} on {self.directions} directions of {self.rows} rows)"


class Table:
    """One table of a result. `table["r"]` is a column; rows are those of the file.

    Attributes:
        name: `two-point`, ...
        summary: what is tabulated, as a formula.
        notes: the lines below the table: the joint test, and why rows are withheld.
        columns: names of the columns in order.
    """

    def __init__(self, name: str, group: h5py.Group, result: Result) -> None:
        self.name = name
        self._result = result
        self.summary: str = _text(group.attrs["summary"])
        self.notes: list[str] = [_text(note) for note in np.atleast_1d(group.attrs.get("notes", []))]
        self.columns: list[str] = [_text(column) for column in group.attrs["columns"]]
        self._data: dict[str, NDArray[Any]] = {c: _column(group[c]) for c in self.columns}
        rows = len(next(iter(self._data.values()))) if self._data else 0
        self._jackknife: Floats | None = group["jackknife"][()] if "jackknife" in group else None
        self._weights: Floats | None = group["bin_weights"][()] if "bin_weights" in group else None
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, column: str) -> NDArray[Any]:
        try:
            return self._data[column]
        except KeyError:
            raise KeyError(f"table {self.name} has no column {column!r}; it has: {', '.join(self.columns)}") from None

    def __repr__(self) -> str:
        return f"<nnft table {self.name}: {len(self)} rows, {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        from html import escape

        body: str = self.frame.to_html(max_rows=20)
        notes = "".join(f"<br><small>{escape(note)}</small>" for note in self.notes)
        return f"<b>{escape(self.name)}</b>: {escape(self.summary)}{body}{notes}"

    # Columns

    @property
    def value(self) -> Floats:
        """The estimates; NaN where a row is withheld."""
        return self["value"]

    @property
    def error(self) -> Floats:
        """Their standard errors."""
        return self["error"]

    @property
    def exact(self) -> Floats:
        """Exact values; NaN where none is known."""
        return self["exact"] if "exact" in self._data else np.full(len(self), np.nan)

    @property
    def pull(self) -> Floats:
        """(value - exact)/error."""
        return self["pull"] if "pull" in self._data else np.full(len(self), np.nan)

    @property
    def withheld(self) -> NDArray[np.bool_]:
        """Rows that the data do not support; the notes say why."""
        return np.isnan(self.value)

    @property
    def coordinates(self) -> list[str]:
        """Columns that say what a row is: all before `value`."""
        return self.columns[: self.columns.index("value")] if "value" in self.columns else self.columns

    # Statistics

    @property
    def joint_test(self) -> JointTest | None:
        """The joint test against the exact values, as the program printed it; None where there was none."""
        for note in self.notes:
            found = re.match(r"joint test of (\d+) rows .*T2 = (\S+) on K = (\d+) directions.*p = ([\d.eE+-]+)", note)
            if found:
                return JointTest(int(found[1]), float(found[2]), int(found[3]), float(found[4]))
        return None

    @property
    def samples(self) -> Floats:
        """Jackknife replicas, bins x rows: every row without bin j. NaN in withheld rows."""
        if self._jackknife is None:
            raise NnftError(f"table {self.name} keeps no samples: all its rows are withheld, or its file has none")
        return self._jackknife

    @property
    def bin_weights(self) -> Floats:
        """Number of networks or samples in each bin."""
        if self._weights is None:
            raise NnftError(f"table {self.name} keeps no samples: all its rows are withheld, or its file has none")
        return self._weights

    def deviations(self, estimate: Any = None, replicas: Any = None) -> Floats:
        """Deviations d_j of the delete-m_j jackknife (docs/formats.md): errors are the roots of their sums of squares over bins.

        Args:
            estimate: a function of the values, of any shape; the values themselves if left out.
            replicas: the same function of each of `samples`, bins first.
        """
        value = np.asarray(self.value if estimate is None else estimate, dtype=float)
        samples = np.asarray(self.samples if replicas is None else replicas, dtype=float)
        m = self.bin_weights.reshape((-1,) + (1,) * value.ndim)
        h = m.sum() / m
        tau = h * value - (h - 1) * samples
        deviations: Floats = (tau - (tau / h).sum(axis=0)) / np.sqrt(len(m) * (h - 1))
        return deviations

    def jackknife_error(self, estimate: Any, replicas: Any) -> Floats:
        """The error of a function of the rows, all their correlations counted.

        Example:
            `table.jackknife_error(table.value / table.value[0], table.samples / table.samples[:, :1])`
        """
        error: Floats = np.sqrt((self.deviations(estimate, replicas) ** 2).sum(axis=0))
        return error

    @property
    def covariance(self) -> Floats:
        """Covariance of the values, rows x rows; NaN in withheld rows."""
        d = self.deviations()
        return d.T @ d

    # Other packages

    @property
    def frame(self) -> pd.DataFrame:
        """The table as a pandas DataFrame with its columns in order."""
        pandas = _binary.needed("pandas", "Table.frame")
        frame: pd.DataFrame = pandas.DataFrame(dict(self._data))
        frame.attrs.update(name=self.name, summary=self.summary, notes=list(self.notes))
        return frame

    def to_xarray(self) -> xr.Dataset:
        """The table as an xarray Dataset over the dimension `row`: coordinates as coordinates, samples and covariance where they are kept."""
        xarray = _binary.needed("xarray", "Table.to_xarray")
        rows: dict[str, Any] = {c: ("row", self[c]) for c in self.columns}
        coordinates: dict[str, Any] = {c: rows.pop(c) for c in self.coordinates}
        if self._jackknife is not None:
            rows["samples"] = (("bin", "row"), self.samples)
            rows["covariance"] = (("row", "row_"), self.covariance)
            coordinates["bin_weights"] = ("bin", self.bin_weights)
        dataset: xr.Dataset = xarray.Dataset(rows, coordinates, {"name": self.name, "summary": self.summary})
        return dataset

    def to_pyerrors(self) -> Any:
        """The table for pyerrors: a `Corr` for one radial coordinate, else a list of `Obs`, one a row that is not withheld.

        Made by `nnft export`: observables of different tables of one run keep their correlations. Errors are there already (`gamma_method(S=0)`).
        """
        return self._result.to_pyerrors()[self.name]

    def plot(self, ax: Axes | None = None, *, x: str | None = None, exact: bool = True, **style: Any) -> Axes:
        """Values with error bars, and the exact values as a line, on matplotlib axes.

        Args:
            ax: where; new axes if left out.
            x: the column on the abscissa; the first coordinate if left out.
            exact: whether to draw the exact values.
            style: passed to `Axes.errorbar`.
        """
        pyplot = _binary.needed("matplotlib.pyplot", "Table.plot")
        axes: Axes = pyplot.subplots(layout="constrained")[1] if ax is None else ax
        column = x or next(iter(self.coordinates), None)
        names = column is not None and self[column].dtype.kind not in "iuf"
        abscissa = np.arange(len(self)) if column is None or names else self[column]
        points = axes.errorbar(
            abscissa, self.value, self.error, **{"fmt": "o", "ms": 3, "capsize": 2, "label": self.name, **style})
        known = np.isfinite(self.exact)
        if exact and known.any():
            order = np.argsort(abscissa[known], kind="stable")
            colour = points.lines[0].get_color()
            line = "_" if names else "-"
            axes.plot(
                abscissa[known][order], self.exact[known][order], **(
                    {"marker": line, "ls": "", "ms": 12} if names else {"ls": line}), lw=0.8, color=colour, label="exact")
        if names and column is not None:
            axes.set_xticks(abscissa, list(self[column]))
        if not axes.get_xlabel():
            axes.set_xlabel(column or "row")
        if not axes.get_ylabel():
            axes.set_ylabel(self.name)
        return axes


class Result(Mapping[str, Table]):
    """The tables of a run by name: `result["two-point"]`.

    Attributes:
        path: the HDF5 file; one of its own that lives as long as this object, unless an output was named.
        notes: what the program said on standard error.
        provenance: the lines that head every table: program, ensemble, random numbers, all settings.
        theory: the resolved theory file; a run of it repeats this one.
    """

    def __init__(self, path: str | os.PathLike[str], *, notes: Sequence[str] = (), keep: Any = None) -> None:
        self.path = pathlib.Path(path)
        self.notes = list(notes)
        self._keep = keep
        try:
            with h5py.File(self.path) as file:
                if _text(file.attrs.get("format", "")) != "nnft-correlators":
                    raise FileError(f"{self.path}: no result of nnft; nnft correlate, study and measure write them")
                self.theory: str = file["meta/theory"].asstr()[()]
                self.provenance: list[tuple[str, str]] = [
                    (str(key), str(value)) for key, value in file["meta/provenance"].asstr()[()]]
                self._tables = {name: Table(name, group, self) for name, group in file["correlators"].items()}
        except OSError as error:
            raise FileError(f"{self.path}: {error}") from error
        self._pyerrors: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Table:
        try:
            return self._tables[name]
        except KeyError:
            raise KeyError(f"no table {name!r}; this run has: {', '.join(self._tables)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        lines = []
        for name, table in self.items():
            test = table.joint_test
            against = f", joint test against exact values: p = {test.p:g}" if test else ""
            withheld = int(table.withheld.sum())
            lines.append(f"  {name}: {len(table)} rows" + (f", {withheld} withheld" if withheld else "") + against)
        return "\n".join(["<nnft result", *lines]) + ">"

    def save(self, path: str | os.PathLike[str], *, format: str | None = None, force: bool = False) -> list[pathlib.Path]:
        """Writes the tables in any format of `nnft export`, by the ending of `path` or by `format`.

        Returns the files: of a format that holds one table, CSV for one, there is one for each, `run.two-point.csv`.
        """
        path = pathlib.Path(path)
        before = path.stat().st_mtime_ns if path.exists() else None
        words = ["export", str(self.path), "-o", os.fspath(path), "--quiet"]
        _binary.run(words + (["--format", format] if format else []) + (["--force"] if force else []))
        if path.exists() and path.stat().st_mtime_ns != before:
            return [path]
        ending = "".join(path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:])
        return [path.with_name(f"{path.name.removesuffix(ending)}.{name}{ending}") for name in self]

    def to_pyerrors(self) -> dict[str, Any]:
        """All tables for pyerrors, by name; see `Table.to_pyerrors`. Tables whose rows are all withheld are left out."""
        if self._pyerrors is None:
            pe = _binary.needed("pyerrors", "to_pyerrors")
            with tempfile.TemporaryDirectory(prefix="nnft-") as folder:
                path, = self.save(pathlib.Path(folder) / "run.json.gz")
                loaded = pe.input.json.load_json(str(path), verbose=False, full_output=True)
            structures = loaded["obsdata"]
            described = loaded["description"]["tables"]
            self._pyerrors = {t["name"]: structures[t["obsdata"]] for t in described if t["obsdata"] is not None}
            for structure in self._pyerrors.values():
                entries = [e[0] for e in structure.content if e is not None] if isinstance(structure, pe.Corr) else structure
                for observable in entries:
                    observable.gamma_method(S=0)
                if isinstance(structure, pe.Corr):
                    structure.gamma_method(S=0)
        return self._pyerrors

    def plot(self, path: str | os.PathLike[str], *, table: str | None = None, force: bool = False) -> None:
        """Figures for a paper, by `nnft plot` (needs gnuplot): one a table, `path` as its `-o`."""
        words = ["plot", str(self.path), "-o", os.fspath(path)]
        _binary.run(words + (["--table", table] if table else []) + (["--force"] if force else []))


def load(path: str | os.PathLike[str]) -> Result:
    """Reads a result that `nnft correlate`, `study`, `merge` or `measure` wrote, in HDF5."""
    return Result(path)


def _text(text: Any) -> str:
    return text.decode("utf-8") if isinstance(text, bytes) else str(text)


def _column(dataset: h5py.Dataset) -> NDArray[Any]:
    if dataset.dtype.kind == "S":
        return np.array([_text(cell) for cell in dataset[()]], dtype=object)
    column: NDArray[Any] = dataset[()]
    return column
