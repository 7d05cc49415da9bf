# SPDX-License-Identifier: GPL-3.0-or-later
"""pyerrors reads our files and finds our values, errors and covariances to 1e-12, for bins of equal and unequal size."""

import subprocess
import warnings

import h5py
import numpy as np
import pyerrors as pe
import pytest

from conftest import NNFT, nnft

TOLERANCE = 1e-12


def load(path):
    """The structures by table name, and the description."""
    loaded = pe.input.json.load_json(str(path), verbose=False, full_output=True)
    tables = {table["name"]: table for table in loaded["description"]["tables"]}
    return {n: loaded["obsdata"][t["obsdata"]] for n, t in tables.items() if t["obsdata"] is not None}, tables


def observables(structure):
    """The Obs of a Corr or of a list; None where a timeslice is withheld."""
    if isinstance(structure, pe.Corr):
        return [None if entry is None else entry[0] for entry in structure.content]
    return list(structure)


def columns(path, table):
    with h5py.File(path) as file:
        return {name: data[()] for name, data in file["correlators"][table].items()}


def check(structure, rows, expected):
    found = observables(structure)
    assert len(found) == len(rows)
    for row, obs in zip(rows, found):
        assert (obs is None) == np.isnan(expected["value"][row])
        if obs is not None:
            obs.gamma_method(S=0)
            assert obs.value == expected["value"][row]
            assert obs.dvalue == pytest.approx(expected["error"][row], rel=TOLERANCE)


def test_values_and_errors(any_run):
    run = any_run
    structures, tables = load(run.path("pyerrors"))
    assert list(tables) == list(run.tables)
    for table, structure in structures.items():
        expected = columns(run.path("hdf5"), table)
        check(structure, tables[table]["rows"], expected)
        exact = np.array([np.nan if e is None else e for e in tables[table]["exact"]])
        np.testing.assert_array_equal(exact, expected["exact"])
        # Control: the default window of the gamma method, made for Markov chains, is not our error.
        obs = next(o for o in observables(structure) if o is not None)
        obs.gamma_method(S=2)
        row = next(r for r in tables[table]["rows"] if np.isfinite(expected["value"][r]))
        assert obs.dvalue != pytest.approx(expected["error"][row], rel=TOLERANCE)


def test_radial_tables_are_corr_and_others_lists(run):
    structures, tables = load(run.path("pyerrors"))
    assert {name for name, s in structures.items() if isinstance(s, pe.Corr)} == {
        "two-point", "four-point-xxyy", "four-point-xxxy"}
    assert structures["two-point"].tag == "two-point"
    assert structures["two-point"].T == len(run.tables["two-point"]["r"])
    assert tables["two-point"]["coordinate_columns"] == ["r", "x1", "x2"]
    assert [str(c[0]) for c in tables["two-point"]["coordinates"]] == run.tables["two-point"]["r"]
    assert [obs.tag for obs in structures["zero-momentum"]] == [
        f"zero-momentum quantity={name}" for name in ("chi2", "chi4", "binder")]


def test_covariances_and_derived_quantities(run):
    """Obs of different tables are correlated as their bins are: the susceptibility against G2(0), and a ratio."""
    structures, _ = load(run.path("pyerrors"))
    group = columns(run.path("hdf5"), "two-point")
    obs = observables(structures["two-point"])
    for o in obs:
        o.gamma_method(S=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the covariance of many shells is nearly singular, as it should be
        covariance = pe.covariance([obs[row] for row in group["covariance_rows"]])
    np.testing.assert_allclose(covariance, group["covariance"], atol=TOLERANCE * group["covariance"].max())
    chi2, g0 = structures["zero-momentum"][0], obs[0]
    assert chi2.names == g0.names
    ratio = chi2 / g0
    ratio.gamma_method(S=0)
    chi2.gamma_method(S=0)
    independent = abs(ratio.value) * np.hypot(chi2.dvalue / chi2.value, g0.dvalue / g0.value)
    assert ratio.dvalue < 0.95 * independent


def test_ensembles(tmp_path):
    """Equal for other estimators and lattices of the same networks, different for another seed."""
    def name(*more):
        nnft("correlate", "cos-net", "--estimators", "two-point", "--draws", 600, "--force", "-o", "x.json.gz", *more,
             directory=tmp_path)
        return pe.input.json.load_json(str(tmp_path / "x.json.gz"), verbose=False).content[0][0].names

    lattice = ["--set", "lattice.sites=6x6"]
    one = name(*lattice)
    assert one == name("--set", "lattice.sites=5x5") and one[0].startswith("nnft-")
    assert one != name(*lattice, "--seed", 2) and one != name(*lattice, "--width", 7)
    common = name(*lattice, "--common-random-numbers")
    assert common != one and common == name(*lattice, "--common-random-numbers", "--width", 7)


def test_a_withheld_row_is_no_timeslice(run, tmp_path):
    """A row withheld in the HDF5 file becomes None in the Corr and is missing from a list."""
    damaged = tmp_path / "run.h5"
    damaged.write_bytes(run.path("hdf5").read_bytes())
    with h5py.File(damaged, "r+") as file:
        for table in ("two-point", "zero-momentum"):
            group = file["correlators"][table]
            for name in ("value", "error", "pull"):
                group[name][1] = np.nan
            group["jackknife"][:, 1] = np.nan
            rows = group["covariance_rows"][:]
            rows[rows == 1] = 0
            group["covariance_rows"][:] = rows
    subprocess.run([NNFT, "export", damaged, "-o", tmp_path / "run.json.gz"], check=True)
    structures, tables = load(tmp_path / "run.json.gz")
    assert structures["two-point"].content[1] is None
    assert tables["zero-momentum"]["rows"] == [0, 2] and len(structures["zero-momentum"]) == 2
    for table in structures:
        check(structures[table], tables[table]["rows"], columns(damaged, table))


def test_hadrons_files(run):
    """Values agree to the rounding of a mean over 256 bins."""
    for table in run.tables:
        corr = pe.input.hadrons.read_hd5(str(run.directory / "bins" / "run"), "ensemble", table, {"table": table})
        expected = columns(run.path("hdf5"), table)
        assert corr.T == len(expected["value"])
        corr.gamma_method(S=0)
        for entry, value, error in zip(corr.content, expected["value"], expected["error"]):
            assert entry[0].value == pytest.approx(value, abs=1e-10 * error)
            assert entry[0].dvalue == pytest.approx(error, rel=1e-10)


def test_hadrons_layout(runs):
    points_run = runs("points")
    with h5py.File(points_run.directory / "bins" / "run.1.h5") as file:
        group = file["tilted-point-functions/tilted-point-functions_0"]
        assert group["corr"].dtype.names == ("re", "im")
        assert not group["corr"]["im"].any()
        sets = points_run.tables["tilted-point-functions"]["set"]
        assert list(group["set"].asstr()[()]) == [sets[row] for row in group["rows"][()]]
