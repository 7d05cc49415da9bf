# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that NumPy and h5py have written, measured by `nnft measure` and tested by `nnft validate --fields`."""

import subprocess

import h5py
import numpy as np
import pytest

from conftest import NNFT

WIDTH, DRAWS, SITES, SPACING = 20, 40000, 8, 0.5
PLACE = ("--spacing", SPACING, "--boundary", "open")


def run(*arguments, directory):
    return subprocess.run([NNFT, *map(str, arguments)], cwd=directory, capture_output=True, text=True)


@pytest.fixture(scope="module")
def phi():
    """Networks of the Cos-net, written out: phi(x) = N^-1/2 sum_i v_i cos(k_i.x + b_i) on an open box about the origin."""
    random = np.random.default_rng(1)
    x = SPACING * (np.arange(SITES) - (SITES - 1) / 2)
    fields = np.empty((DRAWS, SITES, SITES))
    for draw in range(DRAWS):
        k, b = random.normal(0, 0.5**0.5, (2, WIDTH)), random.uniform(-np.pi, np.pi, WIDTH)
        v = random.normal(0, WIDTH**-0.5, WIDTH)
        phase = x[:, None, None] * k[0] + x[None, :, None] * k[1] + b
        fields[draw] = np.cos(phase) @ v
    return fields


def npz(phi, path):
    np.savez(path / "fields.npz", phi=phi, spacing=SPACING, boundary="open")
    return "fields.npz", ()


def compressed(phi, path):
    np.savez_compressed(path / "fields.npz", phi=phi.astype("f4"))
    return "fields.npz", PLACE


def fortran(phi, path):
    np.save(path / "fields.npy", np.asfortranarray(phi.reshape(DRAWS, -1)))
    return "fields.npy", (*PLACE, "--lattice", f"{SITES}x{SITES}")


def hdf5(phi, path):
    with h5py.File(path / "fields.h5", "w") as file:
        file.create_dataset("ensemble/phi", data=phi, dtype="f4", compression="gzip", chunks=(500, SITES, SITES))
        file["spacing"], file["boundary"] = SPACING, "open"
    return "fields.h5", ("--array", "ensemble/phi")


@pytest.mark.parametrize("write", [npz, compressed, fortran, hdf5])
def test_fields_of_numpy_agree_with_the_theory(write, phi, tmp_path):
    name, words = write(phi, tmp_path)
    theory = ("--theory", "cos-net", "--set", f"architecture.width={WIDTH}", "--format", "tsv")
    sound = run("measure", name, *words, *theory, directory=tmp_path)
    assert sound.returncode == 0, sound.stderr
    assert sound.stdout.count("joint test") == 5 and "agree with their exact values" in sound.stderr
    # Control: a correlation length that is three per cent off.
    wrong = run("measure", name, *words, *theory, "--set", "architecture.sigma_w0=1.03", directory=tmp_path)
    assert wrong.returncode == 1 and "two-point" in wrong.stderr


def test_fields_of_numpy_are_euclidean(phi, tmp_path):
    npz(phi, tmp_path)
    sound = run("validate", "euclidean-invariance", "--fields", "fields.npz", directory=tmp_path)
    assert sound.returncode == 0, sound.stdout
    # Control: fields that are larger on one side are not.
    np.savez(tmp_path / "tilted.npz", phi=phi * np.linspace(0.8, 1.2, SITES)[:, None], spacing=SPACING, boundary="open")
    tilted = run("validate", "euclidean-invariance", "--fields", "tilted.npz", directory=tmp_path)
    assert tilted.returncode == 1 and "FAIL translations, n = 2" in tilted.stdout, tilted.stdout


def test_samples_of_an_interacting_theory_open_in_h5py(tmp_path):
    settings = ("--set", "lattice.sites=8", "--set", "sampler.kind=chains", "--set", "sampler.chains=16", "--draws", 3200)
    assert run("sample", "phi4-1d", *settings, "-o", "chains.h5", directory=tmp_path).returncode == 0
    with h5py.File(tmp_path / "chains.h5") as file:
        phi = file["fields/phi"][()]
        assert phi.shape == (16, 200, 8) and file["meta/dependence"][()] in (b"chain", "chain")
        assert abs(phi[:, 0] - phi[:, 1]).max() > 0 and np.isfinite(phi).all()
