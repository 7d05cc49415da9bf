# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples as ArviZ takes them."""

import numpy as np
import pytest

import nnft


def test_chains_are_a_posterior(tmp_path):
    arviz = pytest.importorskip("arviz")
    path = nnft.sample("phi4-1d", tmp_path / "s.h5", draws=3200, settings={"sampler.kind": "chains"}, progress=False)
    data = nnft.inference_data(path)
    phi = data["posterior"]["phi"]
    assert phi.dims == ("chain", "draw", "x1") and phi.shape[0] * phi.shape[1] == 3200 and len(phi["x1"]) == phi.shape[2]
    # Independent chains of a sound run: R-hat of every site, and the effective samples are a good part of the draws.
    assert float(arviz.rhat(data["posterior"])["phi"].max()) < 1.1
    assert float(arviz.ess(data["posterior"])["phi"].min()) > 300
    # Control: every second chain moved by three standard deviations is seen.
    moved = data["posterior"].copy(deep=True)
    moved["phi"][::2] += 3 * float(phi.std())
    assert float(arviz.rhat(moved)["phi"].min()) > 1.1
    data.to_netcdf(str(tmp_path / "s.nc"))
    again = arviz.from_netcdf(str(tmp_path / "s.nc"))
    np.testing.assert_array_equal(again["posterior"]["phi"], phi)


def test_free_networks_are_a_prior_and_weights_are_kept(tmp_path):
    pytest.importorskip("arviz")
    free = nnft.inference_data(nnft.sample("cos-net", tmp_path / "f.h5", draws=50, settings={"lattice.sites": [4, 3]}, progress=False))
    assert free["prior"]["phi"].dims == ("chain", "draw", "x1", "x2") and free["prior"]["phi"].shape == (1, 50, 4, 3)
    assert free["prior"]["momentum"].shape[:3] == (1, 50, 2)
    weighted = nnft.inference_data(
        nnft.sample("phi4-1d", tmp_path / "w.h5", draws=640, settings={"sampler.kind": "reweighting"}, progress=False))
    assert weighted["sample_stats"]["log_weight"].shape == (1, 640)


def test_other_files_are_refused(tmp_path):
    pytest.importorskip("arviz")
    run = nnft.correlate("cos-net", draws=100, settings={"lattice.sites": [4, 4]}, progress=False, check=False)
    with pytest.raises(nnft.FileError, match="no file of nnft sample"):
        nnft.inference_data(run.path)
