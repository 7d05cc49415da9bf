# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the program as functions."""

from __future__ import annotations

import csv
import io
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _binary
from ._binary import Progress
from .errors import CheckFailed
from .results import Result
from .theories import Theory, setting_words, theory as as_theory
from .validation import Validation

#: What a command takes for a theory: a name of the library, a path, a dict, a Theory.
TheoryLike = Union[str, "os.PathLike[str]", Mapping[str, Any], Theory]

#: Point sets: a TSV file, one array of points (n x d), or several by name.
PointsLike = Union[str, "os.PathLike[str]", ArrayLike, Mapping[str, ArrayLike]]


def correlate(
    theory: TheoryLike,
    *,
    width: int | Sequence[int] | None = None,
    draws: float | None = None,
    seed: int | str | None = None,
    settings: Mapping[str, Any] | None = None,
    estimators: str | Sequence[str] | None = None,
    points: PointsLike | None = None,
    neuron_space: bool = False,
    until_error: float | None = None,
    threads: int | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    check: bool = True,
    progress: bool | Progress | None = None,
    options: Sequence[str] = (),
) -> Result:
    """Measures correlators of a theory: tables with errors and, where they are known, exact values (`nnft correlate`).

    Args:
        theory: a name of the library, a path, a dict with the keys of a theory file, or a `Theory`.
        width: number of neurons; several with `neuron_space`.
        draws: networks, or samples of an interacting theory in all; `1e5` is welcome.
        seed: of the random numbers.
        settings: any key of the theory file: `{"lattice.sites": [32, 32]}`.
        estimators: names of `nnft list estimators`, or "all".
        points: measure n-point functions at these points instead of the lattice: an array n x d (one n-point function), a dict of
            such arrays by name, or a TSV file.
        neuron_space: estimate from single neurons.
        until_error: draw until the first row has this relative error.
        threads: workers; numbers do not depend on it.
        output: keep the HDF5 file here; an existing one is replaced only with `force`.
        check: raise `CheckFailed` if a table contradicts its exact values; its `result` holds the tables.
        progress: True for a tqdm bar, False for none, a function that is given the records; None: a bar where somebody looks.
        options: further words of the command line, for example `["--all-displacements"]`.

    Returns:
        The tables by name.
    """
    words = _run_words(width, draws, seed, settings, estimators, threads, options)
    if neuron_space:
        words.append("--neuron-space")
    if until_error is not None:
        words += ["--until-error", repr(float(until_error))]
    with as_theory(theory).on_disk() as argument, _points_words(points) as more:
        return _tables(["correlate", argument, *words, *more], output, force, check, progress)


def study(
    theory: TheoryLike,
    *,
    widths: Sequence[int] | None = None,
    scan: Mapping[str, Sequence[float]] | None = None,
    draws: float | None = None,
    seed: int | str | None = None,
    settings: Mapping[str, Any] | None = None,
    estimators: str | Sequence[str] | None = None,
    points: PointsLike | None = None,
    neuron_space: bool = False,
    threads: int | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    check: bool = True,
    progress: bool | Progress | None = None,
    options: Sequence[str] = (),
) -> Result:
    """Measures a theory at several widths and extrapolates to infinite width (`nnft study`).

    Args:
        widths: numbers of neurons; those of the theory's `[study]` if left out.
        scan: keys of the theory file and their values, `{"architecture.alpha": [-1, 0, 1]}`; of several keys all combinations are run.

    The other arguments are those of `correlate`.
    """
    words = _run_words(widths, draws, seed, settings, estimators, threads, options)
    for key, values in (scan or {}).items():
        words += ["--scan", f"{key}=" + ",".join(repr(float(v)) if not isinstance(v, int) else str(v) for v in values)]
    if neuron_space:
        words.append("--neuron-space")
    with as_theory(theory).on_disk() as argument, _points_words(points) as more:
        return _tables(["study", argument, *words, *more], output, force, check, progress)


def measure(
    phi: ArrayLike | str | os.PathLike[str],
    *,
    spacing: float | None = None,
    boundary: str | None = None,
    points: ArrayLike | None = None,
    log_weights: ArrayLike | None = None,
    chains: bool = False,
    components: int | None = None,
    theory: TheoryLike | None = None,
    settings: Mapping[str, Any] | None = None,
    estimators: str | Sequence[str] | None = None,
    threads: int | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    check: bool = True,
    progress: bool | Progress | None = None,
    options: Sequence[str] = (),
) -> Result:
    """Measures fields of any origin (`nnft measure`).

    Args:
        phi: fields, draws x sites (one axis a dimension): NumPy arrays, and by `__array__` those of JAX and PyTorch; or a file,
            npz or HDF5, of such. With `points`: draws x points. With `chains`: chains x draws x ...
        spacing: distance of neighbouring sites.
        boundary: "periodic" or "open".
        points: positions of the fields if they are on no lattice, n x d.
        log_weights: of the draws, if they are weighted; draws, or chains x draws.
        chains: whether the first axis counts Markov chains, of which the second is the time.
        components: of how many components the field is; they are the axis between draws and sites.
        theory: supplies exact columns; `settings` change it.

    The other arguments are those of `correlate`.
    """
    words = _common_words(estimators, threads, options)
    with _fields_words(phi, spacing, boundary, chains, log_weights, components) as (path, more), _points_words(points) as where:
        words = ["measure", path, *more, *where, *words]
        if theory is None:
            return _tables(words, output, force, check, progress)
        with as_theory(theory).on_disk() as argument:
            return _tables([*words, "--theory", argument, *setting_words(settings)], output, force, check, progress)


def sample(
    theory: TheoryLike,
    output: str | os.PathLike[str],
    *,
    width: int | None = None,
    draws: float | None = None,
    seed: int | str | None = None,
    settings: Mapping[str, Any] | None = None,
    points: PointsLike | None = None,
    threads: int | None = None,
    force: bool = False,
    progress: bool | Progress | None = None,
    options: Sequence[str] = (),
) -> pathlib.Path:
    """Stores networks, their parameters and fields, in a file .h5 or .npz (`nnft sample`), and returns its path.

    The arguments are those of `correlate`. Layout: docs/formats.md, "Networks".
    """
    words = _run_words(width, draws, seed, settings, None, threads, options) + (["--force"] if force else [])
    with as_theory(theory).on_disk() as argument, _points_words(points) as more:
        _binary.run(["sample", argument, "-o", os.fspath(output), *words, *more], progress=progress)
    return pathlib.Path(output)


def fields(
    theory: TheoryLike, *, width: int | None = None, draws: float | None = None, seed: int | str | None = None,
    settings: Mapping[str, Any] | None = None, points: PointsLike | None = None, threads: int | None = None,
    progress: bool | Progress | None = None,
) -> np.ndarray[Any, Any]:
    """Fields of a theory as an array, draws x sites: what `measure` takes."""
    import h5py

    with tempfile.TemporaryDirectory(prefix="nnft-") as folder:
        path = sample(
            theory, os.path.join(folder, "fields.h5"), width=width, draws=draws, seed=seed, settings=settings, points=points,
            threads=threads, progress=progress, options=["--fields-only"])
        with h5py.File(path) as file:
            phi: np.ndarray[Any, Any] = file["fields/phi"][()]
            return phi


def validate(
    *suites: str,
    theory: TheoryLike | None = None,
    fields: ArrayLike | str | os.PathLike[str] | None = None,
    spacing: float | None = None,
    boundary: str | None = None,
    chains: bool = False,
    log_weights: ArrayLike | None = None,
    components: int | None = None,
    settings: Mapping[str, Any] | None = None,
    draws: float | None = None,
    seed: int | None = None,
    only: str | None = None,
    thorough: bool = False,
    threads: int | None = None,
    report: str | os.PathLike[str] | None = None,
    force: bool = False,
    progress: bool | Progress | None = None,
    options: Sequence[str] = (),
) -> Validation:
    """Tests claims about ensembles, each with a control (`nnft validate`). A contradicted claim is an answer, not an exception.

    Args:
        suites: of `nnft list suites`; all of them if left out.
        theory: test this theory instead of the standard ones; `settings` and `draws` change it.
        fields: test these fields: the claims that need no theory. With spacing, boundary, chains, log_weights and components as for `measure`.
        only: theories whose title contains this.
        thorough: sixteen times the networks.
        report: keep a report for people here as well, .html or .md.

    Returns:
        The claims with their verdicts.
    """
    words = [*suites, *setting_words(settings), *options]
    words += ["--draws", _count(draws)] if draws is not None else []
    words += ["--seed", str(seed)] if seed is not None else []
    words += ["--only", only] if only is not None else []
    words += ["--thorough"] if thorough else []
    words += ["--threads", str(threads)] if threads is not None else []
    if fields is not None:
        with _fields_words(fields, spacing, boundary, chains, log_weights, components) as (path, more):
            made = None if isinstance(fields, (str, os.PathLike)) else path
            return _claims([*words, "--fields", path, *more], report, force, progress, made)
    if theory is None:
        return _claims(words, report, force, progress)
    with as_theory(theory).on_disk() as argument:
        return _claims([*words, "--theory", argument], report, force, progress)


def _claims(
    words: list[str], report: str | os.PathLike[str] | None, force: bool, progress: bool | Progress | None,
    fields: str | None = None,
) -> Validation:
    with tempfile.TemporaryDirectory(prefix="nnft-") as folder:
        path = os.path.join(folder, "report.json")
        reports = [path] if report is None else [path, os.fspath(report)]
        words = [*words, *(word for name in reports for word in ("-o", name)), *(["--force"] if force else [])]
        outcome = _binary.run(["validate", *words], progress=progress, accept=(0, 1, 6))
        return Validation.read(path, outcome, fields)


def _tables(
    words: list[str], output: str | os.PathLike[str] | None, force: bool, check: bool,
    progress: bool | Progress | None,
) -> Result:
    """Runs a command that writes tables; reads them also where they contradict their exact values."""
    keep = None
    if output is None:
        keep = tempfile.TemporaryDirectory(prefix="nnft-")
        output = os.path.join(keep.name, "run.h5")
    words = [*words, "-o", os.fspath(output), "--format", "hdf5", *(["--force"] if force else [])]
    outcome = _binary.run(words, progress=progress, accept=(0, 1))
    result = Result(output, notes=outcome.notes, keep=keep)
    if outcome.code == 1 and check:
        error = CheckFailed(outcome.notes[-1], code=1, command=[_binary.program(), *words])
        error.result = result
        raise error
    return result


def _run_words(
    width: int | Sequence[int] | None, draws: float | None, seed: int | str | None, settings: Mapping[str, Any] | None,
    estimators: str | Sequence[str] | None, threads: int | None, options: Sequence[str],
) -> list[str]:
    words: list[str] = []
    if width is not None:
        widths = [width] if isinstance(width, (int, float)) else width
        words += ["--width", ",".join(_count(n) for n in widths)]
    if draws is not None:
        words += ["--draws", _count(draws)]
    if seed is not None:
        words += ["--seed", str(seed)]
    return words + setting_words(settings) + _common_words(estimators, threads, options)


def _common_words(estimators: str | Sequence[str] | None, threads: int | None, options: Sequence[str]) -> list[str]:
    words: list[str] = []
    if estimators is not None:
        words += ["--estimators", estimators if isinstance(estimators, str) else ",".join(estimators)]
    if threads is not None:
        words += ["--threads", str(threads)]
    return words + list(options)


def _count(number: float) -> str:
    """A whole number, also one written `1e5`; others go to the program as they are, which refuses them."""
    return str(int(number)) if float(number).is_integer() else repr(number)


def _array(values: Any) -> np.ndarray[Any, Any]:
    """A NumPy array; tensors that carry a gradient or live on a device are brought here first."""
    for step in ("detach", "cpu"):
        if hasattr(values, step):
            values = getattr(values, step)()
    return np.ascontiguousarray(np.asarray(values))


@contextmanager
def _fields_words(
    phi: ArrayLike | str | os.PathLike[str], spacing: float | None, boundary: str | None, chains: bool,
    log_weights: ArrayLike | None, components: int | None = None,
) -> Iterator[tuple[str, list[str]]]:
    """A file of fields and what the program must be told of it."""
    words = ["--spacing", repr(float(spacing))] if spacing is not None else []
    words += ["--boundary", boundary] if boundary is not None else []
    words += ["--chains"] if chains else []
    words += ["--components", str(components)] if components is not None else []
    if isinstance(phi, (str, os.PathLike)):
        if log_weights is not None:
            raise TypeError(
                "log_weights belong to fields given as an array; in a file name their array with options=['--log-weights', NAME]")
        yield os.fspath(phi), words
        return
    with tempfile.TemporaryDirectory(prefix="nnft-") as folder:
        path = os.path.join(folder, "fields.npz")
        arrays = {"phi": _array(phi)}
        words += ["--array", "phi"]
        if log_weights is not None:
            arrays["log_weights"] = _array(log_weights)
            words += ["--log-weights", "log_weights"]
        np.savez(path, **arrays)  # type: ignore[arg-type]
        yield path, words


@contextmanager
def _points_words(points: PointsLike | None) -> Iterator[list[str]]:
    if points is None:
        yield []
    elif isinstance(points, (str, os.PathLike)):
        yield ["--points", os.fspath(points)]
    else:
        sets = points if isinstance(points, Mapping) else {"points": points}
        with tempfile.TemporaryDirectory(prefix="nnft-") as folder:
            path = pathlib.Path(folder) / "points.tsv"
            path.write_text(_points_text(sets), encoding="utf-8")
            yield ["--points", str(path)]


def _points_text(sets: Mapping[str, ArrayLike]) -> str:
    """Point sets as the TSV file the program reads: columns set, x1 .. xd."""
    arrays = {name: np.asarray(points, dtype=float) for name, points in sets.items()}
    dimensions = {array.shape[-1] if array.ndim == 2 else None for array in arrays.values()}
    if len(dimensions) != 1 or None in dimensions:
        shapes = ", ".join(f"{name}: {array.shape}" for name, array in arrays.items())
        raise ValueError(f"point sets are arrays n x d of one d; given: {shapes}")
    (dimension,) = dimensions
    file = io.StringIO()
    writer = csv.writer(file, delimiter="\t", lineterminator="\n")
    writer.writerow(["set", *(f"x{axis + 1}" for axis in range(dimension or 0))])
    for name, array in arrays.items():
        writer.writerows([name, *(repr(float(x)) for x in point)] for point in array)
    return file.getvalue()
