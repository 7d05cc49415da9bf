# SPDX-License-Identifier: GPL-3.0-or-later
"""h5py, NumPy and pandas find the numbers of the TSV table, to the bit."""

import io
import json
import tomllib

import h5py
import numpy as np
import pandas as pd


def agrees(array, texts):
    """An array against the cells of a TSV column: equal doubles, NaN where a cell is empty."""
    if array.dtype.kind in "SU":
        return list(array.astype(str)) == texts
    return np.array_equal(array, [float(text) if text else np.nan for text in texts], equal_nan=True)


def h5_arrays(path):
    with h5py.File(path) as file:
        return {f"{t}/{n}": d[()] for t, g in file["correlators"].items() for n, d in g.items()}


def test_hdf5_columns(any_run):
    arrays = h5_arrays(any_run.path("hdf5"))
    for table, columns in any_run.tables.items():
        for name, texts in columns.items():
            assert agrees(arrays[f"{table}/{name}"], texts), f"{table}/{name}"


def test_hdf5_keeps_the_order_of_tables_and_columns(any_run):
    with h5py.File(any_run.path("hdf5")) as file:
        assert list(file["correlators"]) == list(any_run.tables)
        for table, columns in any_run.tables.items():
            assert list(file["correlators"][table].attrs["columns"].astype(str)) == list(columns)
            assert list(file["correlators"][table])[: len(columns)] == list(columns)


def test_hdf5_meta(any_run):
    lines = [line[2:] for line in any_run.path("tsv").read_text(encoding="utf-8").splitlines()]
    with h5py.File(any_run.path("hdf5")) as file:
        assert file.attrs["format"] == b"nnft-correlators" and file.attrs["version"] == 1
        pairs = file["meta/provenance"].asstr()[()]
        assert [f"{key}: {value}" for key, value in pairs] == lines[: len(pairs)]
        assert file["meta/program"].asstr()[()] == pairs[0][1]
        theory = tomllib.loads(file["meta/theory"].asstr()[()])
    assert theory["run"]["seed"] == 1 and theory["dimension"] == 2


def test_npz_holds_the_arrays_of_hdf5(any_run):
    arrays = h5_arrays(any_run.path("hdf5"))
    with np.load(any_run.path("npz"), allow_pickle=False) as archive:
        described = {"summary", "notes", "columns", "kinds"}
        names = {n for n in archive.files if not n.startswith("meta/") and n.split("/")[1] not in described}
        assert names == set(arrays)
        for name, array in arrays.items():
            expected = array.astype(str) if array.dtype.kind == "S" else array
            np.testing.assert_array_equal(archive[name], expected, strict=array.dtype.kind != "S")
        with h5py.File(any_run.path("hdf5")) as file:
            assert str(archive["meta/theory"]) == file["meta/theory"].asstr()[()]
            for table, group in file["correlators"].items():
                assert str(archive[f"{table}/summary"]) == group.attrs["summary"].decode()


def test_jackknife_gives_value_error_and_covariance(any_run):
    """The delete-m_j formulas of docs/formats.md, evaluated by NumPy."""
    tested = 0
    with h5py.File(any_run.path("hdf5")) as file:
        for group in file["correlators"].values():
            if "jackknife" not in group:
                continue
            value, error = group["value"][:], group["error"][:]
            replicas, m = group["jackknife"][:], group["bin_weights"][:][:, None]
            assert np.array_equal(np.isnan(replicas).all(axis=0), np.isnan(value))
            n, g = m.sum(), len(m)
            h = n / m
            tau = h * value - (h - 1) * replicas
            deviations = (tau - (tau / h).sum(axis=0)) / np.sqrt(g * (h - 1))
            ours = np.sqrt((deviations**2).sum(axis=0))
            np.testing.assert_allclose(ours, error, rtol=1e-10)
            rows = group["covariance_rows"][:]
            covariance = deviations[:, rows].T @ deviations[:, rows]
            np.testing.assert_allclose(
                group["covariance"][:], covariance, atol=1e-10 * np.nanmax(error[rows], initial=0) ** 2)
            # Control: one replica moved by an error is seen.
            moved = replicas.copy()
            moved[0] += error
            assert not np.allclose(np.sqrt(((m / n * (moved - replicas)) ** 2).sum(axis=0)), 0, atol=1e-10 * np.nanmin(error))
            tested += np.isfinite(value).sum()
    assert tested >= 3


def test_pandas_reads_tsv_and_frames_from_hdf5(run):
    with h5py.File(run.path("hdf5")) as file:
        group = file["correlators/two-point"]
        frame = pd.DataFrame({name: group[name][()] for name in group.attrs["columns"].astype(str)})
    frame["status"] = frame["status"].str.decode("utf-8")
    text = run.path("tsv").read_text(encoding="utf-8")
    body = [line for line in text.split("# table: ")[1].splitlines()[1:] if not line.startswith("#")]
    table = pd.read_csv(io.StringIO("\n".join(body)), sep="\t")
    pd.testing.assert_frame_equal(frame, table, check_exact=False, rtol=1e-14)


def test_json_agrees(any_run):
    document = json.loads(any_run.path("json").read_text(encoding="utf-8"))
    arrays = h5_arrays(any_run.path("hdf5"))
    for table in document["tables"]:
        for index, column in enumerate(table["columns"]):
            cells = [row[index] for row in table["rows"]]
            array = arrays[f"{table['name']}/{column['name']}"]
            if column["kind"] == "text":
                assert list(array.astype(str)) == cells
            else:
                np.testing.assert_array_equal(array, [np.nan if cell is None else cell for cell in cells])
