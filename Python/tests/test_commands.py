# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands as functions: arguments, theories, faults, interruption, progress."""

import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import nnft
from conftest import SMALL
from nnft.theories import toml

NET = {
    "title": "Mine", "dimension": 1,
    "architecture": {"kind": "cos-net", "width": 10, "sigma_w0": 1.0, "sigma_w1": 1.0},
    "lattice": {"sites": [16], "spacing": 0.25, "boundary": "open"},
    "run": {"draws": 2000},
}


def quick(theory, **arguments):
    return nnft.correlate(theory, estimators="two-point", progress=False, **arguments)


def test_arguments_are_those_of_the_shell(tmp_path):
    ours = quick("cos-net", width=7, draws=2e3, seed=3, settings=SMALL, output=tmp_path / "a.h5", threads=1)
    words = ["correlate", "cos-net", "--width", "7", "--draws", "2000", "--seed", "3", "--set", "lattice.sites=8x8",
             "--estimators", "two-point", "-o", "b.h5"]
    subprocess.run([nnft.program(), *words], cwd=tmp_path, check=True, stderr=subprocess.DEVNULL)
    assert ours.path.read_bytes() == (tmp_path / "b.h5").read_bytes()
    with pytest.raises(nnft.UsageError, match="--force"):
        quick("cos-net", output=tmp_path / "a.h5")


def test_theories(tmp_path):
    mine = nnft.theory(NET)
    run = quick(mine)
    assert run["two-point"].exact[0] == 0.5 and dict(run.provenance)["theory"].startswith("Mine")
    path = mine.save(tmp_path / "mine.toml")
    for theory in (NET, path, str(path)):
        np.testing.assert_array_equal(quick(theory)["two-point"].value, run["two-point"].value)
    assert "cos-net" in nnft.theory("cos-net").show().lower()
    with pytest.raises(nnft.FileError, match="sigma_w0"):
        quick({**NET, "architecture": {"kind": "cos-net", "width": 10, "sigma_w0": -1.0, "sigma_w1": 1.0}})


def test_interacting_theory_as_a_dict():
    """Arrays of tables: an insertion. One site with phi^4, exact by quadrature."""
    theory = nnft.theory({
        "dimension": 1, "architecture": {"kind": "infinite-width", "mass": 1.0},
        "lattice": {"sites": [4], "spacing": 1.0, "boundary": "periodic"},
        "insertion": [{"kind": "phi4", "lambda": 0.5}], "run": {"draws": 4000},
    })
    assert "[[insertion]]" in theory.text
    table = nnft.correlate(theory, estimators="two-point", progress=False)["two-point"]
    assert np.isfinite(table.exact).all() and (np.abs(table.pull) < 6).all()


def test_toml_is_read_back():
    tomllib = pytest.importorskip("tomllib")
    data = {"a": 1, "b": 2.5, "c": "x \"y\" \\ \n é", "d": [1, 2], "e": {"f": True, "g h": {"i": 1e-20, "j": 1e22}},
            "k": [{"l": 1}, {"l": [0.5], "m": {"n": "o"}}], "p": np.array([1.0, 2.0]), "q": np.int64(3)}
    back = tomllib.loads(toml(data))
    assert back == {**data, "p": [1.0, 2.0], "q": 3}
    with pytest.raises(ValueError):
        toml({"a": float("nan")})


def test_points():
    points = {"two": [[0.0, 0.0], [0.5, 0.0]], "four": [[0.1 * i, 0.2] for i in range(4)]}
    run = nnft.correlate("cos-net", draws=20000, points=points, progress=False)
    table = next(iter(run.values()))
    assert {"two", "four"} <= set(table["set"]) and (np.abs(table.pull[np.isfinite(table.pull)]) < 6).all()
    with pytest.raises(ValueError, match="n x d"):
        nnft.correlate("cos-net", points=[0.0, 1.0], progress=False)


def test_study():
    run = nnft.study("cos-net", widths=[2, 4, 8], draws=12000, settings=SMALL, estimators="zero-momentum", progress=False)
    table = run["zero-momentum"]
    assert sorted(set(table["width"])) == [2, 4, 8]
    assert run["zero-momentum-extrapolation"]["model"].size


def test_sample_and_fields(tmp_path):
    phi = nnft.fields("cos-net", draws=40, settings={"lattice.sites": "6x4"}, progress=False)
    assert phi.shape == (40, 6, 4)
    path = nnft.sample("cos-net", tmp_path / "n.npz", draws=40, settings={"lattice.sites": "6x4"}, progress=False)
    np.testing.assert_array_equal(np.load(path)["fields/phi"], phi)


def test_validate(tmp_path):
    report = nnft.validate(
        "universality", theory="cos-net", settings={"architecture.width": 1}, progress=False, report=tmp_path / "report.md")
    assert report.passed and len(report) > 0 and not report.contradicted
    assert all(claim.verdict in ("consistent", "inconsistent") for claim in report)
    assert report.summary in (tmp_path / "report.md").read_text()
    assert list(report.frame["verdict"]) == [claim.verdict for claim in report]
    report.raise_unless_passed()
    few = nnft.validate("free-theory", theory="tanh-net", settings={"lattice.sites": [1, 1]}, progress=False)
    assert few.code == 6 and few.undecided
    with pytest.raises(nnft.Undecided, match="too little data"):
        few.raise_unless_passed()


@pytest.mark.parametrize(
    "fault, arguments, words",
    [
        (nnft.UsageError, {"options": ["--drws", "10"]}, "Did you mean '--draws'"),
        (nnft.UsageError, {"estimators": "two-pont"}, "two-pont"),
        (nnft.FileError, {"settings": {"architecture.widht": 3}}, "widht"),
        (nnft.OutOfResources, {"draws": 2000, "output": "/dev/full/run.h5"}, "/dev/full"),
    ])
def test_faults_keep_their_words(fault, arguments, words):
    with pytest.raises(nnft.NnftError, match=words) as caught:
        nnft.correlate("cos-net", progress=False, **arguments)
    assert "\nnnft: " not in str(caught.value) and not str(caught.value).startswith("nnft: ")
    if fault is not nnft.OutOfResources:  # where a directory is missing is a matter of usage for some
        assert isinstance(caught.value, fault)
    assert caught.value.command[1] == "correlate"


def test_a_failed_check_keeps_its_tables(monkeypatch, tmp_path):
    """A program that ends with 1, as after a contradiction, and writes what it was told."""
    fake = tmp_path / "nnft"
    fake.write_text(f"#!/bin/sh\n{nnft.program()} \"$@\" || exit $?\necho 'nnft: the joint test rejects' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("NNFT", str(fake))
    with pytest.raises(nnft.CheckFailed, match="^the joint test rejects$") as caught:
        quick("cos-net", draws=2000, settings=SMALL)
    assert caught.value.result["two-point"].exact[0] == 0.5
    assert quick("cos-net", draws=2000, settings=SMALL, check=False)["two-point"].exact[0] == 0.5


def test_no_program(monkeypatch):
    monkeypatch.setenv("NNFT", "/nowhere/nnft")
    with pytest.raises(nnft.ProgramNotFound, match="NNFT"):
        nnft.program()
    monkeypatch.delenv("NNFT")
    monkeypatch.setattr(nnft._binary, "CARRIED", pathlib.Path("/nowhere"))
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(nnft.ProgramNotFound, match="make install"):
        nnft.program()


def test_progress_is_told():
    records = []
    nnft.correlate("cos-net", draws=4000, settings=SMALL, progress=records.append)
    assert records[0]["done"] == 0 and records[-1]["done"] == records[-1]["of"] == 4000
    assert all(record["event"] == "progress" and record["unit"] == "networks" for record in records)
    assert [r["done"] for r in records] == sorted(r["done"] for r in records)


def test_a_bar(capsys):
    pytest.importorskip("tqdm")
    run = nnft.study("cos-net", widths=[2, 4], draws=2000, settings=SMALL, estimators="two-point", progress=True)
    said = capsys.readouterr().err
    assert "networks" in said and "N = 4" in said and "{" not in said
    assert "two-point" in run


def test_ctrl_c_reaches_the_run(tmp_path):
    """A KeyboardInterrupt in Python ends the program within seconds; its words are kept; nothing is left."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(f"""
        import signal, sys, nnft
        # Whoever runs the tests may ignore it, as a shell's background does, and programs inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            nnft.correlate("cos-net", draws=1e9, output=r"{tmp_path}/out.h5", progress=False,
                           options=["--checkpoint", r"{tmp_path}/kept"])
        except KeyboardInterrupt as error:
            print(*getattr(error, "__notes__", ["interrupted"]))
            sys.exit(7)
    """))
    # A group of its own, of which only Python is told: what a notebook's interrupt does.
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.time() + 60
    while not (tmp_path / "kept").exists() and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 7 and "interrupted" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "script.py"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


class Tensor:
    """What a tensor of another package is to NumPy: it carries a gradient, may live on a device, and gives an array if asked."""

    def __init__(self, array, at_home=False):
        self.array, self.at_home = array, at_home

    def detach(self):
        return Tensor(self.array)

    def cpu(self):
        return Tensor(self.array, at_home=True)

    def __array__(self, dtype=None, copy=None):
        if not self.at_home:
            raise TypeError("the tensor is on a device")
        return np.asarray(self.array, dtype=dtype)


@pytest.mark.parametrize("kind", ["array", "tensor", "file"])
def test_measure_hands_fields_over(kind, monkeypatch, tmp_path):
    """The words and the file that the program is given; the tables come from a stand-in."""
    fake = tmp_path / "nnft"
    fake.write_text(textwrap.dedent(f"""\
        #!/bin/sh
        printf '%s\\n' "$@" > {tmp_path}/words
        cp "$2" {tmp_path}/fields.npz 2>/dev/null
        for word; do case $word in */points.tsv) cp "$word" {tmp_path}/points.tsv ;; */run.h5) out=$word ;; esac; done
        exec {nnft.program()} correlate cos-net --draws 2000 --set lattice.sites=8x8 --estimators two-point --quiet -o "$out"
    """))
    fake.chmod(0o755)
    monkeypatch.setenv("NNFT", str(fake))
    phi = np.random.default_rng(1).normal(size=(3, 20, 4)).astype(np.float32)
    given = {"array": phi, "tensor": Tensor(phi), "file": "mine.h5"}[kind]
    arguments = {} if kind == "file" else {"log_weights": np.zeros((3, 20)), "points": [[0.0], [0.5], [1.0], [2.0]]}
    run = nnft.measure(
        given, spacing=0.5, boundary="periodic", chains=True, theory="cos-net", settings={"architecture.width": 20}, **arguments)
    assert list(run) == ["two-point"]
    words = (tmp_path / "words").read_text().split("\n")
    assert words[0] == "measure" and {"--chains", "--theory", "cos-net", "architecture.width=20"} <= set(words)
    assert words[words.index("--spacing") + 1] == "0.5" and words[words.index("--boundary") + 1] == "periodic"
    if kind == "file":
        assert words[1] == "mine.h5" and "--array" not in words
        return
    archive = np.load(tmp_path / "fields.npz")
    np.testing.assert_array_equal(archive[words[words.index("--array") + 1]], phi, strict=True)
    assert archive[words[words.index("--log-weights") + 1]].shape == (3, 20)
    assert (tmp_path / "points.tsv").read_text().splitlines()[:2] == ["set\tx1", "points\t0.0"]
