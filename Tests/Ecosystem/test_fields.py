# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that NumPy and h5py have written, measured by `nnft measure` and tested by `nnft validate --fields`."""

import json
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


def test_few_networks_show_that_ten_neurons_are_not_gaussian(tmp_path):
    """G4c(0) is a fifth of 3 G2(0)^2: seen, or said to be open where tails are not seen yet. The control, the limit of infinite width, passes (false alarm 8e-6 a claim)."""
    def verdict(name):
        report = run("validate", "universality", "--fields", name, directory=tmp_path).stdout
        return next(line.split()[0] for line in report.splitlines() if "Gaussianity" in line)

    found = []
    for seed in range(1, 9):
        common = ("--draws", 11000, "--seed", seed, "--set", "lattice.sites=16x16", "--fields-only", "--force", "--quiet", "-o")
        run("sample", "cos-net", "--width", 10, "--set", "lattice.spacing=0.5", *common, "net.npz", directory=tmp_path)
        run("sample", "infinite-width", *common, "limit.npz", directory=tmp_path)
        found.append(verdict("net.npz"))
        assert verdict("limit.npz") == "ok"
    assert "ok" not in found and found.count("FAIL") >= 4, found


def test_samples_of_an_interacting_theory_open_in_h5py(tmp_path):
    settings = ("--set", "lattice.sites=8", "--set", "sampler.kind=chains", "--set", "sampler.chains=16", "--draws", 3200)
    assert run("sample", "phi4-1d", *settings, "-o", "chains.h5", directory=tmp_path).returncode == 0
    with h5py.File(tmp_path / "chains.h5") as file:
        phi = file["fields/phi"][()]
        assert phi.shape == (16, 200, 8) and file["meta/dependence"][()] in (b"chain", "chain")
        assert abs(phi[:, 0] - phi[:, 1]).max() > 0 and np.isfinite(phi).all()


RING, LENGTH = 24, 0.5


def gaussian(covariance, draws=40000, seed=2):
    """Gaussian fields on a ring of a covariance that depends on the distance, by its Fourier modes."""
    spectrum = np.fft.fft(covariance).real
    assert spectrum.min() > -1e-9
    noise = np.random.default_rng(seed).normal(size=(draws, RING))
    return np.fft.ifft(np.sqrt(np.maximum(spectrum, 0)) * np.fft.fft(noise)).real


def rings():
    """Fields on a ring, and the claims that each of them breaks."""
    distance = np.minimum(np.arange(RING), RING - np.arange(RING)) * LENGTH
    free = np.cosh(RING * LENGTH / 2 - distance) / np.cosh(RING * LENGTH / 2)
    phi = gaussian(free)
    amplitude = np.random.default_rng(3).choice([0.6, 1.4], (len(phi), 1))
    return {
        # A massive free field in one dimension has all of it.
        "free": (phi, []),
        "shifted": (phi + 0.15, ["phi -> -phi"]),
        # One random amplitude for the whole ring: distant pairs know of one another.
        "mixed": (phi * amplitude, ["Gaussianity, n = 4", "clusters of two"]),
        # A Gaussian of the distance is concave in its logarithm, which no positive transfer matrix makes.
        "squared": (gaussian(np.exp(-(distance**2) / 2)), ["site reflection, n = 2", "link reflection, n = 2"]),
        "kinked": (phi * (1 + 0.1 * np.cos(2 * np.pi * np.arange(RING) / RING)), ["translations, n = 2"]),
    }


@pytest.mark.parametrize("name", list(rings()))
def test_claims_find_what_is_broken(name, tmp_path):
    phi, broken = rings()[name]
    np.savez(tmp_path / "ring.npz", phi=phi, spacing=LENGTH, boundary="periodic")
    suites = ["euclidean-invariance", "osterwalder-schrader", "universality"]
    report = run("validate", *suites, "--fields", "ring.npz", "-o", "r.json", directory=tmp_path)
    failed = [line.split("FAIL ")[1] for line in report.stdout.splitlines() if "FAIL " in line]
    assert (report.returncode == 0) == (not broken), report.stdout
    for claim in broken:
        assert any(text.startswith(claim) for text in failed), (claim, report.stdout)
    if not broken:
        assert not failed, report.stdout


def test_errors_of_chains_cover(tmp_path):
    """400 chains of Gaussian fields phi_t = 0.8 phi_{t-1} + 0.6 eta, `<phi^2> = 1`: one standard error covers it in 68 % of them, within 4.4 deviations of that share (false alarm 1e-5).
    Control: the same numbers with the error of independent draws."""
    random = np.random.default_rng(7)
    covered = {"chains": 0, "independent": 0}
    words = ["--chains", "--spacing", 1, "--boundary", "periodic", "--estimators", "two-point", "--format", "json", "--quiet"]
    for _ in range(400):
        phi = np.empty((4, 4000, 4))
        phi[:, 0] = random.normal(size=(4, 4))
        for t in range(1, 4000):
            phi[:, t] = 0.8 * phi[:, t - 1] + 0.6 * random.normal(size=(4, 4))
        np.save(tmp_path / "chains.npy", phi)
        result = run("measure", "chains.npy", *words, directory=tmp_path)
        assert result.returncode == 0, result.stderr
        table = next(table for table in json.loads(result.stdout)["tables"] if table["name"] == "two-point")
        row = dict(zip([column["name"] for column in table["columns"]], table["rows"][0]))
        covered["chains"] += abs(row["value"] - 1) < row["error"]
        squares = (phi**2).mean(axis=2).ravel()
        covered["independent"] += abs(squares.mean() - 1) < squares.std() / len(squares) ** 0.5
    share = 0.6827
    allowed = 4.4 * (400 * share * (1 - share)) ** 0.5
    assert abs(covered["chains"] - 400 * share) < allowed, covered
    assert covered["independent"] < 400 * share - allowed, covered
