# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command and every line of Python in the documents runs as typed: blocks marked `sh` and `python`, in their order, a page in one empty folder.

The program is a stand-in that caps the number of networks, so that a page takes seconds; everything else is as typed.
"""

import os
import re
import subprocess
import sys

import pytest

from conftest import NNFT, ROOT

PAGES = ["README.md", "Python/README.md", "docs/first-hour.md", "docs/lectures.md", "docs/formats.md", "docs/figures.md"]
PAGES += sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs" / "tutorials").glob("*.md"))

# What builds, installs or asks for another machine is tried elsewhere.
ELSEWHERE = re.compile(r"^\s*(make|git|cd|export|sbatch|apptainer|docker|sudo|pip|curl|dpkg|tar)\b")

# 12000 networks: enough for the rows of 4-point functions.
STAND_IN = f"""#!{sys.executable}
import os, sys
words = sys.argv[1:]
command = words[0] if words else ""
if command in ("correlate", "study", "sample") and not {{"--shard", "--checkpoint", "--resume", "--until-error"}} & set(words):
    draws = float(words[words.index("--draws") + 1]) if "--draws" in words else 12000.0
    if "--draws" in words:
        del words[words.index("--draws"):words.index("--draws") + 2]
    words += ["--draws", str(int(min(draws, 12000)))]
os.execv({str(NNFT)!r}, ["nnft", *words])
"""


def blocks(page):
    """(language, first line, text) of every block that is to be run."""
    lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
    language, start, body = None, 0, []
    for number, line in enumerate(lines, 1):
        fence = re.match(r"^```(\w*)$", line)
        if not fence:
            if language is not None:
                body.append(line)
        elif language is None:
            language, start, body = fence[1], number + 1, []
        else:
            if language in ("sh", "python"):
                yield language, start, "\n".join(body)
            language = None
    assert language is None, f"{page}:{start}: a block without an end"


def commands(text):
    """The commands of a shell block, a line each; continued lines joined."""
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#") and not ELSEWHERE.match(line):
            yield line


def run_page(page, directory):
    """Runs a page; returns what went wrong, a text a command."""
    bin_directory = directory / "bin"
    bin_directory.mkdir()
    stand_in = bin_directory / "nnft"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    work = directory / "work"
    work.mkdir()
    environment = {**os.environ, "PATH": f"{bin_directory}:{os.environ['PATH']}", "NNFT": str(stand_in), "MPLBACKEND": "agg"}
    faults, names = [], {}
    for language, start, text in blocks(page):
        if language == "python":
            fault = python_fault(text, names, work, environment)
            if fault:
                faults.append(f"{page}:{start}\n  {fault}")
            continue
        for line in commands(text):
            done = subprocess.run(["sh", "-c", line], cwd=work, env=environment, capture_output=True, text=True, timeout=600)
            # Undecided claims are an answer of validate, and no fault.
            if done.returncode != 0 and not (done.returncode == 6 and "nnft validate" in line):
                faults.append(f"{page}:{start}: {line}\n  exit code {done.returncode}: {done.stderr.strip()[-600:]}")
    return faults


def python_fault(text, names, directory, environment):
    """Runs a block in the names of the blocks before it; what it raises, as text."""
    before, place = dict(os.environ), os.getcwd()
    try:
        os.environ.update(environment)
        os.chdir(directory)
        exec(compile(text, "block", "exec"), names)
    except Exception as error:
        return repr(error)
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)
    return None


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_runs(page, tmp_path):
    assert list(blocks(page)), f"{page} has no block to run"
    faults = run_page(page, tmp_path)
    assert not faults, "\n".join(faults)


def test_a_wrong_command_is_found(tmp_path, monkeypatch):
    """The control: a misspelt option in a page is a fault, named with its line."""
    page = tmp_path / "page.md"
    page.write_text("text\n\n```sh\nnnft list theories\nmake nothing\nnnft correlate cos-net --drws 10\n```\n\n```python\nimport nnft\nnnft.correlat\n```\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "run").mkdir()
    faults = run_page("page.md", tmp_path / "run")
    assert len(faults) == 2 and "--drws" in faults[0] and "page.md:4" in faults[0] and "correlat" in faults[1]


def test_links_lead_somewhere():
    """Relative links of all documents exist."""
    broken = []
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("Python/*.md"), *ROOT.glob("Validation/*/README.md"),
                 *ROOT.glob("packaging/*.md")]:
        text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)


def test_citation():
    """CITATION.cff is valid, and every place that names the version names the same. Control: a file without a title is refused."""
    from cffconvert import Citation
    from jsonschema.exceptions import ValidationError

    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    Citation(text).validate()
    with pytest.raises(ValidationError):
        Citation("\n".join(line for line in text.splitlines() if not line.startswith("title:"))).validate()
    places = {
        "CITATION.cff": r"^version: (\S+)$", "Python/pyproject.toml": r'^version = "(\S+)"$',
        "Python/src/nnft/__init__.py": r'^__version__ = "(\S+)"$', "Sources/nnft/Version.swift": r'number = "(\S+)"',
    }
    found = {place: re.search(pattern, (ROOT / place).read_text(encoding="utf-8"), re.M) for place, pattern in places.items()}
    assert all(found.values()), found
    assert len({match[1] for match in found.values()}) == 1, {place: match[1] for place, match in found.items()}
