# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields computed anew from the parameters of `nnft sample`, for every kind of net."""

import h5py
import numpy as np
import pytest

from conftest import nnft

LATTICE = ["--set", "lattice.sites=10x8", "--draws", "40", "--width", "12", "--quiet"]
NETS = ["alpha-net", "cos-net", "euclidean-net", "gauss-net", "scalar-net", "scalar-net-lattice"]


def neurons(file, draw, x):
    """c_i and the exponents or phases k_i.x + b_i of a network at sites x (..., d)."""
    parameters = file["parameters"]
    bias = parameters["bias" if "bias" in parameters else "phase"][draw, 0]
    return parameters["amplitude"][draw, 0], x @ parameters["momentum"][draw] + bias


@pytest.mark.parametrize("net", NETS)
def test_parameters_give_the_field(net, tmp_path):
    nnft("sample", net, *LATTICE, "-o", "networks.h5", directory=tmp_path)
    with h5py.File(tmp_path / "networks.h5") as file:
        assert file.attrs["format"] == b"nnft-networks" and file.attrs["version"] == 1
        phi = file["fields/phi"]
        axes = [file[f"sites/x{axis + 1}"][()] for axis in range(phi.ndim - 1)]
        x = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        for draw in (0, 39):
            c, argument = neurons(file, draw, x)
            if net == "gauss-net":
                theory = dict(file["meta/provenance"].asstr()[()])
                s0, b0 = (float(theory[f"set architecture.sigma_{name}"]) for name in ("w0", "b0"))
                expected = np.exp(argument - b0**2 - s0**2 * (x**2).sum(-1, keepdims=True) / x.shape[-1]) @ c
            else:
                expected = np.cos(argument) @ c
            np.testing.assert_allclose(phi[draw], expected, rtol=0, atol=1e-8 * np.abs(c).sum())
            # Control: the field of another network is another one.
            assert np.abs(phi[draw] - phi[draw - 1]).max() > 1e-3 * np.abs(expected).max()


def test_npz_holds_the_arrays_of_hdf5(tmp_path):
    for name in ("n.h5", "n.npz"):
        nnft("sample", "cos-net", *LATTICE, "-o", name, directory=tmp_path)
    with h5py.File(tmp_path / "n.h5") as file, np.load(tmp_path / "n.npz", allow_pickle=False) as archive:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        assert sorted(archive.files) == sorted(names)
        for name in names:
            expected = file[name].asstr()[()] if file[name].dtype.kind == "S" else file[name][()]
            np.testing.assert_array_equal(archive[name], expected)


def test_sampled_fields_average_to_the_table(tmp_path):
    """The networks are those of `nnft correlate`: the same mean of phi(x)^2, to rounding."""
    settings = ["cos-net", "--set", "lattice.sites=10x8", "--draws", "4000", "--quiet"]
    nnft("sample", *settings, "-o", "n.h5", "--fields-only", directory=tmp_path)
    nnft("correlate", *settings, "--estimators", "two-point", "-o", "run.h5", directory=tmp_path)
    with h5py.File(tmp_path / "n.h5") as networks, h5py.File(tmp_path / "run.h5") as run:
        found = np.mean(networks["fields/phi"][()] ** 2)
        assert found == pytest.approx(run["correlators/two-point/value"][0], rel=1e-12)
