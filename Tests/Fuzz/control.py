# SPDX-License-Identifier: GPL-3.0-or-later
"""The control of the mutation run: programs that do wrong on purpose, each to be caught in its class."""

import pathlib
import tempfile

from case import Case, codes
from judge import Judge, is_short

HELP = 'case "$1" in --help) echo "Exit codes: 0 done, 1 a check failed, 2 usage, 3 bad theory or data file, 4 interrupted, 5 out of memory or disk."; exit 0;; esac\n'
GOOD = 'printf "r\\tvalue\\n0.0\\t1.5\\n"'

# What the program does; the class in which it must be caught, none where it does right.
PROGRAMS = [
    ("a table", GOOD, None),
    ("a refusal", 'echo "nnft: t.toml:1: width: unknown key" >&2; exit 3', None),
    ("a usage error in many lines", 'printf "Error: no\\nUsage: nnft\\n" >&2; exit 2', None),
    ("a result file", 'echo x > out.dat', None),
    ("killed by a signal", "kill -ILL $$", "crash"),
    ("exit 134", "exit 134", "crash"),
    ("a stack trace", 'echo "Fatal error: Index out of range" >&2; exit 3', "crash"),
    ("a busy loop", "while :; do :; done", "hang"),
    ("a long sleep", "sleep 1000", "hang"),
    ("nan in a table", 'printf "r\\tvalue\\n0.0\\tnan\\n"', "nan"),
    ("-inf in a note", 'printf "r\\tvalue\\n0.0\\t1.5\\n# <S> = -inf\\n"', "nan"),
    ("NaN in JSON", 'echo "{\\"value\\": NaN}"', "nan"),
    ("a code that is not documented", "echo nnft: no >&2; exit 7", "code"),
    ("1 without a failed check", "echo nnft: no >&2; exit 1", "code"),
    ("1 where nothing can fail", "echo 'nnft: the joint test rejects' >&2; exit 1", "code"),
    ("5 for a bad file", "echo nnft: no >&2; exit 5", "code"),
    ("silence", "exit 3", "message"),
    ("two lines", 'printf "nnft: no\\nnnft: never\\n" >&2; exit 3', "message"),
    ("an endless line", 'head -c 9000 /dev/zero | tr "\\0" x >&2; echo >&2; exit 3', "message"),
    ("an escape sequence", 'printf "nnft: \\033[31mred\\n" >&2; exit 3', "message"),
    ("a partial file", "echo x > out.h5.partial-17", "leftover"),
    ("a file after a refusal", "echo x > out.dat; echo nnft: no >&2; exit 3", "leftover"),
    ("a temporary folder", 'mkdir "$TMPDIR/nnft-plot"', "leftover"),
    ("an input changed", "echo x >> t.toml", "leftover"),
    ("an input removed", "rm t.toml", "leftover"),
    ("an obeyed command", 'touch "$C"', "canary"),
    ("an empty result", ": > out.tsv", "result"),
]

# What a plan forecasts, and whether a test can wait for it.
FORECASTS = [("about 0.5 s on 1 thread, 0.01 GiB", True), ("about 52.9 h on 1 thread, 0.02 GiB", False), ("about 7.2 s on 1 thread", False),
    ("about 1.5 s on 2 threads, 0.01 GiB", False), ("about 3 min on 16 threads", False), ("about inf s on 1 thread", False)]


def missed():
    """The programs that are not judged as they must be; each in words."""
    wrong = []
    case = Case("control", "", ("correlate", "t.toml"), {"t.toml": b"x"}, codes(0, 2, 3), ("out.*",))
    with tempfile.TemporaryDirectory() as folder:
        for words, script, expected in PROGRAMS:
            program = pathlib.Path(folder) / "nnft"
            program.write_text("#!/bin/sh\n" + HELP + script + "\n")
            program.chmod(0o755)
            faults = Judge(program, limit=0.3).verdict(case).faults
            classes = {fault.split(":")[0] for fault in faults}
            if classes != ({expected} if expected else set()):
                wrong.append(f"{words}: expected {expected or 'nothing'}, found {'; '.join(faults) or 'nothing'}")
    wrong += [f"forecast {words!r}: expected short {short}" for words, short in FORECASTS if is_short(f"forecast: {words}".encode()) != short]
    return wrong
