# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables as the package gives them, against the file and the formulas of docs/formats.md."""

import h5py
import numpy as np
import pytest

import nnft
from conftest import SMALL


def test_tables_are_those_of_the_file(run):
    with h5py.File(run.path) as file:
        assert list(run) == list(file["correlators"])
        for name, table in run.items():
            group = file["correlators"][name]
            assert table.columns == list(group.attrs["columns"].astype(str))
            np.testing.assert_array_equal(table.value, group["value"][()])
            np.testing.assert_array_equal(table["error"], group["error"][()])
            assert len(table) == len(group["value"]) == len(table.frame)
            assert list(table.frame.columns) == table.columns


def test_columns_and_coordinates(run):
    table = run["two-point"]
    assert table.coordinates == ["r", "x1", "x2"] and table.exact[0] == 0.5
    np.testing.assert_allclose(table.pull, (table.value - table.exact) / table.error, rtol=1e-9)
    assert run["zero-momentum"]["quantity"].tolist() == ["chi2", "chi4", "binder"]
    assert table.frame["status"].unique().tolist() == ["ok"] and not table.withheld.any()
    with pytest.raises(KeyError, match="has: two-point"):
        run["two-pint"]
    with pytest.raises(KeyError, match="has: r, x1"):
        table["radius"]


def test_samples_give_errors_and_covariances(run):
    for table in run.values():
        np.testing.assert_allclose(np.sqrt(np.diag(table.covariance)), table.error, rtol=1e-10)
        with h5py.File(run.path) as file:
            group = file["correlators"][table.name]
            rows = group["covariance_rows"][()]
            np.testing.assert_allclose(
                table.covariance[np.ix_(rows, rows)], group["covariance"][()], atol=1e-10 * table.error[rows].max() ** 2)
    table = run["two-point"]
    ratio = table.jackknife_error(table.value / table.value[0], table.samples / table.samples[:, :1])
    quadrature = np.abs(table.value / table.value[0]) * np.hypot(table.error / table.value, table.error[0] / table.value[0])
    assert ratio[0] < 1e-12 and (ratio[1:3] < 0.5 * quadrature[1:3]).all()
    # Control: replicas of another function give another error.
    assert not np.allclose(table.jackknife_error(table.value, 2 * table.samples), table.error, rtol=0.1)


def test_joint_test_is_the_printed_one(run):
    test = run["two-point"].joint_test
    assert test.rows == len(run["two-point"]) and 0 < test.p <= 1 and test.directions > 0
    assert f"p = {test.p:g}" in repr(run)
    (note,) = [note for note in run["two-point"].notes if note.startswith("joint test")]
    assert f"T2 = {test.t2:.2f}" in note


def test_withheld_rows():
    run = nnft.correlate("cos-net", draws=2000, settings=SMALL, progress=False)
    table = run["four-point-xxyy"]
    assert table.withheld.all() and table.joint_test is None and "withheld" in repr(run)
    assert any("under-sampled" in note for note in table.notes)
    with pytest.raises(nnft.NnftError, match="keeps no samples"):
        table.samples
    assert "samples" not in table.to_xarray()


def test_other_formats(run, tmp_path):
    written = run.save(tmp_path / "run.csv")
    assert [path.name for path in written] == [f"run.{name}.csv" for name in run]
    assert all(path.read_text().startswith("# program: nnft") for path in written)
    with pytest.raises(nnft.UsageError, match="exists"):
        run.save(tmp_path / "run.csv")
    assert run.save(tmp_path / "again.h5") == [tmp_path / "again.h5"]
    again = nnft.load(tmp_path / "again.h5")
    assert again.path.read_bytes() == run.path.read_bytes() and again.theory == run.theory
    (tmp_path / "no.h5").write_bytes(b"no")
    with pytest.raises(nnft.FileError, match="no.h5"):
        nnft.load(tmp_path / "no.h5")


def test_xarray(run):
    pytest.importorskip("xarray")
    data = run["two-point"].to_xarray()
    assert set(data.coords) == {"r", "x1", "x2", "bin_weights"}
    np.testing.assert_array_equal(data["samples"].values, run["two-point"].samples)
    assert float(data["value"].sel(row=0)) == run["two-point"].value[0]


def test_pyerrors(run):
    pe = pytest.importorskip("pyerrors")
    corr = run["two-point"].to_pyerrors()
    assert isinstance(corr, pe.Corr)
    np.testing.assert_allclose([entry[0].dvalue for entry in corr.content], run["two-point"].error, rtol=1e-12)
    ratio = run["zero-momentum"].to_pyerrors()[0] / corr.content[0][0]
    ratio.gamma_method(S=0)
    relative = [(table.error / table.value)[0] for table in (run["zero-momentum"], run["two-point"])]
    assert ratio.dvalue < 0.95 * ratio.value * np.hypot(*relative), "tables of one run are correlated"


def test_a_run_of_one_table_reaches_pyerrors():
    pytest.importorskip("pyerrors")
    run = nnft.correlate("cos-net", draws=2000, settings=SMALL, estimators="zero-momentum", progress=False)
    (chi2,) = run["zero-momentum"].to_pyerrors()
    assert chi2.dvalue == pytest.approx(run["zero-momentum"].error[0], rel=1e-12)


def test_plot(run):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    axes = run["two-point"].plot()
    assert axes.get_xlabel() == "r" and axes.get_ylabel() == "two-point"
    exact = axes.get_lines()[-1]
    np.testing.assert_array_equal(np.sort(exact.get_ydata()), np.sort(run["two-point"].exact))
    assert [label.get_text() for label in run["zero-momentum"].plot().get_xticklabels()] == ["chi2", "chi4", "binder"]
