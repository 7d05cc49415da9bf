# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of one's own, measured and tested by the program."""

import numpy as np
import pytest

import nnft
from conftest import SMALL

LATTICE = {"spacing": 0.25, "boundary": "open"}


@pytest.fixture(scope="module")
def phi():
    """The networks of the fixture run."""
    return nnft.fields("cos-net", draws=12000, settings=SMALL, progress=False)


def test_tables_are_those_of_the_networks(run, phi):
    measured = nnft.measure(phi, theory="cos-net", check=False, **LATTICE)
    for name in ("two-point", "four-point-xxyy"):
        np.testing.assert_allclose(measured[name].value, run[name].value, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(measured[name].error, run[name].error, rtol=1e-8)
        np.testing.assert_allclose(measured[name].exact, run[name].exact, rtol=1e-12)
    # The control: other fields give other tables.
    other = nnft.measure(phi[::-1] * 1.01, estimators="two-point", **LATTICE)
    assert not np.allclose(other["two-point"].value, run["two-point"].value, rtol=1e-3)


def test_no_theory_is_needed(run, phi):
    measured = nnft.measure(phi.astype(np.float32), **LATTICE)
    np.testing.assert_allclose(measured["two-point"].value, run["two-point"].value, rtol=1e-5)
    assert np.isnan(measured["two-point"].exact).all()
    with pytest.raises(nnft.NnftError, match="boundary"):
        nnft.measure(phi, spacing=0.25)


def test_components():
    """Two outputs of one net: O(2) of gaussian weights; the control has independent flat ones, whose 4-point functions break it."""
    settings = SMALL | {"architecture.outputs": 2, "architecture.width": 1}

    def breaking(law):
        phi = nnft.fields("cos-net", draws=12000, settings=settings | {"architecture.weights": law}, progress=False)
        assert phi.shape[1] == 2
        return nnft.measure(phi, components=2, estimators="component-symmetry", **LATTICE)["component-symmetry"]

    right, wrong = breaking("gaussian"), breaking("uniform")
    assert abs(right.value[0]) < 5 * right.error[0] and abs(wrong.value[0]) > 8 * wrong.error[0]


def test_chains_are_no_independent_draws():
    """An AR(1) chain with coefficient 0.8: phi^2 has (1 + 0.64)/(1 - 0.64) = 4.6 times the variance of independent draws, 2.1 times the error.

    The control takes it for independent draws, a bin each: bins of many draws would see most of it.
    """
    rng = np.random.default_rng(1)
    noise = 0.6 * rng.normal(size=(2, 6000, 4))
    for t in range(1, noise.shape[1]):
        noise[:, t] += 0.8 * noise[:, t - 1]
    lattice = {"spacing": 1.0, "boundary": "periodic", "estimators": "two-point"}
    chained = nnft.measure(noise, chains=True, **lattice)["two-point"]
    taken = nnft.measure(noise.reshape(-1, 4), options=["--bins", "12000"], **lattice)["two-point"]
    assert 1.7 < chained.error[0] / taken.error[0] < 2.6


def test_claims_about_fields(phi):
    verdicts = nnft.validate("universality", fields=phi, progress=False, **LATTICE)
    assert len(verdicts) > 0 and {claim.verdict for claim in verdicts} <= {"consistent", "inconsistent", "inconclusive"}
    assert {claim.theory for claim in verdicts} == {"fields of phi"}
