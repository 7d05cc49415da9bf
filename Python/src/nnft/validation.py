# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts of `nnft validate`."""

from __future__ import annotations

import json
import os
import pathlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _binary
from .errors import CheckFailed, Undecided

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Claim:
    """A statement about a theory with its test and its control, and the verdict.

    Attributes:
        verdict: "consistent", "inconsistent" or "inconclusive".
        as_expected: whether the verdict is the one theory says: statements that are false are claims too.
        expectation: "holds" or "fails".
        draws: networks or samples looked at; needed_draws: those that would decide an inconclusive claim, where known.
        test, control: p, text (the statistic in words) and pulls of the tested numbers.
    """

    suite: str
    theory: str
    claim: str
    statement: str
    source: str
    expectation: str
    verdict: str
    as_expected: bool
    look: int
    draws: int
    test: dict[str, Any] = field(repr=False)
    control: dict[str, Any] = field(repr=False)
    needed_draws: int | None = None


class Validation(Sequence[Claim]):
    """The claims of a validation with their verdicts.

    Attributes:
        summary: `41 of 41 claims came out as expected`.
        omissions: what did not apply, and why.
        text: what the program printed.
        code: its exit code: 0, 1 (a claim is contradicted) or 6 (some are undecided).
    """

    def __init__(self, document: dict[str, Any], outcome: _binary.Outcome) -> None:
        known = set(Claim.__dataclass_fields__)
        self._claims = [Claim(**{k: v for k, v in claim.items() if k in known}) for claim in document["claims"]]
        self.summary: str = document["summary"]
        self.omissions: list[str] = document["omissions"]
        self.provenance: list[tuple[str, str]] = [(pair["name"], pair["value"]) for pair in document["provenance"]]
        self.text = outcome.output
        self.code = outcome.code
        self._words = outcome.notes[-1] if outcome.notes else self.summary

    @classmethod
    def read(cls, path: str | os.PathLike[str], outcome: _binary.Outcome, fields: str | None = None) -> Validation:
        """Reads a JSON report. A file of fields that was made for the run is called phi."""
        text = pathlib.Path(path).read_text(encoding="utf-8")
        if fields is not None:
            text = text.replace(fields, "phi")
            outcome = _binary.Outcome(outcome.code, outcome.output.replace(fields, "phi"), outcome.notes)
        return cls(json.loads(text), outcome)

    def __len__(self) -> int:
        return len(self._claims)

    def __getitem__(self, index: Any) -> Any:
        return self._claims[index]

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims)

    def __repr__(self) -> str:
        return f"<nnft validation: {self.summary}>"

    def _repr_html_(self) -> str:
        html: str = self.frame.to_html()
        return f"<b>{self.summary}</b>{html}"

    @property
    def passed(self) -> bool:
        """Every claim came out as theory says."""
        return self.code == 0

    @property
    def contradicted(self) -> list[Claim]:
        """Claims that the data contradict."""
        return [claim for claim in self if not claim.as_expected and claim.verdict != "inconclusive"]

    @property
    def undecided(self) -> list[Claim]:
        """Claims on which there are too few data."""
        return [claim for claim in self if claim.verdict == "inconclusive"]

    def raise_unless_passed(self) -> None:
        """Raises `CheckFailed` or `Undecided`, in the program's words."""
        if self.code == 1:
            raise CheckFailed(self._words, code=1)
        if self.code == 6:
            raise Undecided(self._words, code=6)

    @property
    def frame(self) -> pd.DataFrame:
        """One row a claim, as a pandas DataFrame."""
        pandas = _binary.needed("pandas", "Validation.frame")
        rows = [
            {
                "suite": c.suite, "theory": c.theory, "claim": c.claim, "verdict": c.verdict, "as expected": c.as_expected,
                "p": c.test.get("p"), "p of control": c.control.get("p"), "draws": c.draws,
            } for c in self
        ]
        frame: pd.DataFrame = pandas.DataFrame(rows)
        return frame
