# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of `nnft sample` for ArviZ."""

from __future__ import annotations

import os
from typing import Any

import h5py
import numpy as np

from . import _binary
from .errors import FileError


def inference_data(path: str | os.PathLike[str]) -> Any:
    """A file of `nnft sample` (HDF5) as ArviZ takes it: for its diagnostics, and for `to_netcdf`.

    Draws of an interacting theory are the group `posterior`, those of a free one `prior`. Variables: `phi` over the sites and every parameter,
    with the dimensions chain and draw first; independent draws are one chain. Weights stand in `sample_stats` as `log_weight`: ArviZ's own
    summaries do not use them.

    Returns:
        `arviz.InferenceData`, or the `xarray.DataTree` that ArviZ 1 works on.
    """
    xarray = _binary.needed("xarray", "inference_data")
    arviz = _binary.needed("arviz", "inference_data")
    try:
        with h5py.File(path) as file:
            if file.attrs.get("format") != b"nnft-networks":
                raise FileError(f"{os.fspath(path)}: no file of nnft sample")
            kind = file["meta/dependence"].asstr()[()] if "meta/dependence" in file else ""
            axes = 2 if kind in ("chain", "population") else 1
            sites = {name: file["sites"][name][()] for name in file.get("sites", {}) if file["sites"][name].ndim == 1}
            variables: dict[str, Any] = {}
            for name, data in file.get("fields", {}).items():
                inner = list(sites) if data.ndim - axes == len(sites) else [f"{name}_{i}" for i in range(data.ndim - axes)]
                variables[name] = (["chain", "draw", *inner], _chained(data[()], axes))
            for name, data in file.get("parameters", {}).items():
                inner = [f"{name}_{i}" for i in range(data.ndim - axes)]
                variables[name] = (["chain", "draw", *inner], _chained(data[()], axes))
            weights = {
                name: (["chain", "draw"], _chained(data[()], axes)) for name, data in file.get("weights", {}).items()}
            attributes = {
                "inference_library": "nnft", "nnft_program": file["meta/program"].asstr()[()],
                "nnft_theory": file["meta/theory"].asstr()[()], "nnft_dependence": kind or "independent"}
    except OSError as error:
        raise FileError(f"{os.fspath(path)}: {error}") from error
    group = "posterior" if kind else "prior"
    coordinates = {name: values for name, values in sites.items() if any(name in dims for dims, _ in variables.values())}
    groups = {group: xarray.Dataset(variables, coordinates, attributes)}
    if weights:
        groups["sample_stats" if kind else "sample_stats_prior"] = xarray.Dataset(weights, attrs=attributes)
    if hasattr(arviz, "InferenceData"):
        return arviz.InferenceData(**groups)
    return xarray.DataTree.from_dict(groups)


def _chained(values: np.ndarray[Any, Any], axes: int) -> np.ndarray[Any, Any]:
    return values if axes == 2 else values[np.newaxis]
