# SPDX-License-Identifier: GPL-3.0-or-later
"""The table and the plot."""

import sys
from dataclasses import astuple, dataclass, fields
from pathlib import Path


@dataclass
class Row:
    """One line of the table."""

    case: str
    cell: str
    ours: float
    peer: float
    unit: str
    ratio: float
    min: float
    max: float
    target: str
    verdict: str
    note: str


class Table:
    """Tab-separated rows, written as they come."""

    def __init__(self, header: list[str], path: Path | None):
        self.rows: list[Row] = []
        self.header = header
        self.files = [sys.stdout] + ([path.open("w")] if path else [])
        for line in header:
            self.remark(line)
        self._write("\t".join(field.name for field in fields(Row)))

    def remark(self, text: str) -> None:
        self._write(f"# {text}")

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._write("\t".join(f"{x:.4g}" if isinstance(x, float) else x for x in astuple(row)))

    def _write(self, line: str) -> None:
        for file in self.files:
            print(line, file=file, flush=True)


def plot(table: Table, path: Path) -> None:
    """Ratios on a logarithmic axis, one line a row: median and range, with the target as a tick."""
    try:
        import matplotlib
    except ImportError:
        return table.remark("no plot: matplotlib is not installed")
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "nnft"  # equal tables, equal bytes
    import matplotlib.pyplot as plt

    rows = table.rows
    figure, axes = plt.subplots(figsize=(9, 1.2 + 0.24 * len(rows)), layout="constrained")
    colours = {"met": "#2a7f3f", "missed": "#b3262e", "smoke": "#666666", "-": "#666666"}
    for y, row in enumerate(rows):
        axes.plot([row.min, row.max], [y, y], color=colours[row.verdict], linewidth=1.5)
        axes.plot(row.ratio, y, "o", color=colours[row.verdict], markersize=5)
        if row.target != "-":
            axes.plot(float(row.target[2:]), y, marker="|", color="black", markersize=10)
        axes.annotate(f"{row.ratio:.3g}", (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=7)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)), [f"{row.case}, {row.cell}" for row in rows], fontsize=7)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(axis="x", which="major", linewidth=0.4)
    axes.set_xlabel("ratio: median and range over rounds; tick: target (from there up, for overheads down)", fontsize=8)
    axes.set_title("; ".join(table.header[1:3]), fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
