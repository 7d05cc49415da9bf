# SPDX-License-Identifier: GPL-3.0-or-later
"""Theory files: by name, by path, or from a dict."""

from __future__ import annotations

import json
import math
import os
import pathlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from . import _binary



@dataclass(frozen=True)
class Theory:
    """A theory: a name of the library, a file, or text of one. Commands take it in place of a name.

    Attributes:
        argument: the name or path; None where there is only text.
        text: the theory file; None where there is only a name or path.
    """

    argument: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        assert (self.argument is None) != (self.text is None)

    def __str__(self) -> str:
        return self.text if self.text is not None else str(self.argument)

    def save(self, path: str | os.PathLike[str]) -> pathlib.Path:
        """Writes a theory that was given as a dict as a theory file."""
        if self.text is None:
            raise ValueError(f"{self.argument} is a file or a name of the library already")
        pathlib.Path(path).write_text(self.text, encoding="utf-8")
        return pathlib.Path(path)

    def show(self, settings: Mapping[str, Any] | None = None) -> str:
        """The theory explained: ensemble, symmetries, exact results, forecast (`nnft show`)."""
        with self.on_disk() as argument:
            return _binary.run(["show", argument, *setting_words(settings)]).output

    @contextmanager
    def on_disk(self) -> Iterator[str]:
        """What the program is given: the name or path, or a file that exists meanwhile."""
        if self.argument is not None:
            yield self.argument
            return
        with TemporaryDirectory(prefix="nnft-") as folder:
            # The name appears in messages of the program.
            yield str(self.save(pathlib.Path(folder) / "theory.toml"))


def theory(source: str | os.PathLike[str] | Mapping[str, Any] | Theory) -> Theory:
    """A theory from a name of the library (`nnft list theories`), a path, or a dict with the keys of a theory file.

    Example:
        `nnft.theory({"dimension": 1, "architecture": {"kind": "cos-net", "width": 10, "sigma_w0": 1.0, "sigma_w1": 1.0},
        "lattice": {"sites": [64], "spacing": 0.25, "boundary": "open"}})`
    """
    if isinstance(source, Theory):
        return source
    if isinstance(source, Mapping):
        return Theory(text=toml(source))
    return Theory(argument=os.fspath(source))


def setting_words(settings: Mapping[str, Any] | None) -> list[str]:
    """`--set key=value` for each setting; texts are passed as they are, so `"32x32"` works as in the shell."""
    words: list[str] = []
    for key, value in (settings or {}).items():
        words += ["--set", f"{key}={value if isinstance(value, str) else toml_value(value)}"]
    return words


def toml(table: Mapping[str, Any], prefix: str = "") -> str:
    """A dict as TOML: values first, then tables, then arrays of tables."""
    lines: list[str] = []
    later: list[str] = []
    for key, value in table.items():
        name = prefix + _key(str(key))
        if isinstance(value, Mapping):
            later.append(f"\n[{name}]\n" + toml(value, name + "."))
        elif isinstance(value, (list, tuple)) and value and all(isinstance(item, Mapping) for item in value):
            later += [f"\n[[{name}]]\n" + toml(item, name + ".") for item in value]
        elif value is not None:
            lines.append(f"{_key(str(key))} = {toml_value(value)}\n")
    return "".join(lines + later)


def toml_value(value: Any) -> str:
    """A value as TOML: texts, booleans, numbers, arrays of them; NumPy's are welcome."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        if not math.isfinite(value):
            raise ValueError(f"{value} is no number of a theory file")
        text = repr(float(value))
        return text if re.search(r"[.eE]", text) else text + ".0"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(str(k))} = {toml_value(v)}" for k, v in value.items()) + " }"
    raise TypeError(f"{value!r} cannot stand in a theory file: give texts, numbers, booleans, lists or dicts")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
