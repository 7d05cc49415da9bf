# SPDX-License-Identifier: GPL-3.0-or-later
"""Theory files and point files: small legal ones, and what can be done to them."""

import re

from case import BAD_FILE, DONE, OPEN, USAGE, Case, codes

KEY = re.compile(r"^(?P<key>[A-Za-z_0-9]+)(?P<is>\s*=\s*)(?P<value>.*?)(?P<rest>\s*(?:#.*)?)$")
NUMBER = re.compile(r"^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?$")

# Keys that no theory file that has them can do without (Euclidean nets aside, whose keys stand in for each other).
REQUIRED = set("dimension kind width mass sigma_w0 sigma_w1 sigma_b0 alpha regulator cutoff activation depth sigma_w sigma_v "
               "sites spacing boundary lambda delta eta length".split())

EXTREMES = """0 -1 1 2 3 7 1e-300 1e300 1e308 5e-324 1e200 1e-200 1e154 1e-154 1e100 1e-100 1e40 1e-40 1e20 1e-20 1e15 1e-15 1e10 1e-10 1e7 1e-7
1e5 1e-5 1e4 1e3 300 100 30 1e-3 0.1 0.5 -0.5 -0.0 nan inf -inf 9223372036854775807 -9223372036854775808 9223372036854775808
99999999999999999999 1e400 4294967296 2147483648 1000000 65536""".split()

LATTICES = """[] [0] [1] [2] [3] [1,1] [2,1] [1,2] [2,2] [1,1,1] [3,5] [2,3,2] [1,1,1,1] [2,2,2,2] [5,5,5,5,5] [64] [1024,1] [65536] [1000,1000]
[1073741824] [1073741824,1] [32768,32768] [32769,32768] [65536,65536] [9223372036854775807,1] [4294967296,4294967296] [-1,4] [4,0] [4.0,4]
[4.5,4] ["4",4] [[4,4]] [4,[4]] 4 "4x4" [1e3,1] [nan,1] [16777216,2]""".split()

STRINGS = ["", " ", "x" * 300, "x" * 20000, "é" * 50, "Ω≈ç√∫", "\U0001d4d3" * 9, "a\\tb", "a\\nb", "\\u001b[31mred", "\\u0007", "\\u202e", "it's",
    "<script>alert(1)</script>",
           "'; system('touch \\\"$C\\\"'); x='", "`touch $C`", "$(touch $C)", "@x", "%s%n%d", "# table: two-point", "\\u2028", "a\\rb", "\\u0000",
               "\\uFEFF", "../../x", "-o"]


# How a base is made small, so that a legal case ends in a fraction of a second.
def shrink(text):
    small = {"1": "[6]", "2": "[3, 3]", "3": "[2, 2, 2]"}
    dimension = re.search(r"^dimension = (\d)", text, re.M)[1]
    interacts = "[[insertion]]" in text
    site = re.search(r"^sites = \[1\]", text, re.M)
    if not site:
        text = re.sub(r"^sites = \[.*?\]", "sites = " + ("[2, 2]" if interacts and dimension == "2" else small[dimension]), text, flags=re.M)
    text = re.sub(r"^width = \d+", "width = 6", text, flags=re.M)
    text = re.sub(r"^depth = \d+", "depth = 2", text, flags=re.M)
    text = re.sub(r"^widths = \[.*?\]", "widths = [2, 4]", text, flags=re.M)
    text = re.sub(r"^draws = .*", "draws = 400", text, flags=re.M)
    text = re.sub(r"^length = 10.0", "length = 2.0", text, flags=re.M)
    text = re.sub(r"^cutoff = 100.0", "cutoff = 4.0", text, flags=re.M)
    text = re.sub(r"^([B-J]) = \[\[.*\n", "", text, flags=re.M)
    if interacts:
        kind = re.search(r'^\[sampler\]\nkind = "(\w+)"', text, re.M)
        text = re.sub(r"^\[sampler\]\n(?:.+\n)*\n?", "", text, flags=re.M)
        text += f'\n[sampler]\nkind = "{kind[1] if kind else "auto"}"\nchains = 16\nwarm_up = 10\npopulations = 16\nparticles = 20\n'
    return text


class Lines:
    """A theory file line by line, with the table and key of each."""

    def __init__(self, text):
        self.lines = text.rstrip("\n").split("\n")

    def text(self):
        return "\n".join(self.lines) + "\n"

    def keys(self):
        """(line, table, match) of every key; comments are no keys."""
        table = ""
        for number, line in enumerate(self.lines):
            if line.startswith("["):
                table = line.strip("[] ")
            elif (match := KEY.match(line)) and not line.startswith("#"):
                yield number, table, match

    def set(self, number, match, value):
        self.lines[number] = match["key"] + match["is"] + value + match["rest"]


# Each of the following takes a random generator and a text and returns bytes, the right exit codes, and what was done.


def number(random, old):
    """An extreme number, or one of another order of magnitude; whole where the old one was."""
    if random.random() < 0.4:
        return random.choice(EXTREMES)
    if old.lstrip("-").isdigit():
        return str(round(10 ** random.uniform(0, 4)))
    return f"{10 ** random.uniform(*random.choice([(-3, 3), (-9, 9), (-30, 30), (-300, 300)])):.3g}"


def extreme_numbers(random, text):
    theory = Lines(text)
    story = []
    numbers = [(n, t, m) for n, t, m in theory.keys() if NUMBER.match(m["value"])]
    for line, table, match in random.sample(numbers, min(len(numbers), random.choice([1, 1, 1, 2, 3]))):
        value = number(random, match["value"])
        theory.set(line, match, value)
        story.append(f"{table}.{match['key']} = {value}")
    return theory.text().encode(), OPEN, ", ".join(story)


def extreme_lattice(random, text):
    theory = Lines(text)
    story = []
    for number, _, match in theory.keys():
        if match["key"] == "sites":
            theory.set(number, match, value := random.choice(LATTICES))
            story.append(f"sites = {value}")
        elif match["key"] == "dimension" and random.random() < 0.5:
            theory.set(number, match, value := random.choice(["1", "2", "3", "4", "5", "0"]))
            story.append(f"dimension = {value}")
        elif match["key"] == "spacing" and random.random() < 0.2:
            theory.set(number, match, value := random.choice(EXTREMES))
            story.append(f"spacing = {value}")
    return theory.text().encode(), OPEN, ", ".join(story)


def further_keys(random, text):
    """Legal and illegal values of optional keys."""
    table, values = random.choice([
        ("correlators", ['estimators = "all"', 'estimators = ["vertex-operators"]\nvertex_charge = ' + random.choice(EXTREMES),
                         'first_separation = ' + random.choice(LATTICES),
                             'momenta = ' + random.choice(["[]", "[[[1,0],[-1,0],[0,1],[0,-1]]]", "[[1,1,-2,0]]", "[[[0,0],[0,0],[0,0],[0,0]]]",
                                 "[[[9223372036854775807,0],[-9223372036854775807,0],[0,1],[0,-1]]]", "1"]),
                         'estimators = ["one-point-distribution", "one-point-cumulants"]', 'estimators = ["structure-function", "local-operators"]',
                             "estimators = []"]),
        ("fields", ['precision = "single"', 'precision = "half"', 'tolerance = ' + random.choice(EXTREMES),
            'method = "' + random.choice(["direct", "matrix-product", "nonuniform-fft", "inverse-fft", "layers", "guess"]) + '"']),
        ("run", ["bins = " + random.choice(EXTREMES), "seed = " + random.choice(EXTREMES + ['"word"', '""', '"\\u0000"'])]),
        ("sampler", ['kind = "' + random.choice(["reweighting", "chains", "smc", "tempering", "collapsed", "collapsed-chains", "exact", "auto", "none"]) + '"',
        "chains = " + random.choice(EXTREMES), "thinning = " + random.choice(EXTREMES), "warm_up = " + random.choice(EXTREMES),
                     "least_ess = " + random.choice(EXTREMES), "conditional_ess = " + random.choice(EXTREMES), 'prior = "hartree"',
                         "control_variates = false",
                     'moves = ["' + random.choice(["neuron-refresh", "slice", "hmc", "pcn", "pair", "small-steps", "sign-flip", "zero-mode", "cluster", "site",
                         "rotation", "none"]) + '"]']),
        ("architecture", ["weights_shared_variance = " + random.choice(EXTREMES),
            'weights = "' + random.choice(["gaussian", "constant", "uniform", "laplace", "rayleigh", "cauchy"]) + '"',
                "box = " + random.choice(EXTREMES)]),
        ("insertion", ['kind = "phi4"\nlambda = ' + random.choice(EXTREMES),
            'kind = "polynomial"\ncoefficients = [' + ", ".join(random.choices(EXTREMES, k=3)) + "]",
                'kind = "source"\nJ = ' + random.choice(EXTREMES),
                'kind = "source"\nJ = "' + random.choice(["x1", "exp(-r^2)", "1/x1", "1e300*r^2", "k", "x9"]) + '"',
                'kind = "' + random.choice(['source"\nJ = [0.1, -0.2]', 'mass"\ndelta = 2.0', 'phi4"\nlambda = ' + random.choice(EXTREMES)])
                + '\nregion = "points"\npoints = ' + random.choice(["[[0], [1]]", "[[0, 0], [1, 1]]", "[[1e99, 0], [0, 0]]", "[]", "[[0, 0], [0, 0]]"])
                + random.choice(["", "\nweights = [" + random.choice(EXTREMES) + ", 1]"]),
                       'kind = "phi6"\neta = ' + random.choice(EXTREMES), 'kind = "mass"\ndelta = ' + random.choice(EXTREMES),
                           'kind = "phi4"\nlambda = 1.0\nregion = "envelope"\nlength = ' + random.choice(EXTREMES),
                       'kind = "normal-ordered-phi4"\nlambda = ' + random.choice(EXTREMES)]),
    ])
    addition = random.choice(values)
    header = f"[[{table}]]" if table == "insertion" else f"[{table}]"
    written = [addition.split(" ")[0]] if table != "insertion" else []
    lines = text.rstrip("\n").split("\n")
    if header in lines and table != "insertion":
        at = lines.index(header) + 1
        end = next((n for n in range(at, len(lines)) if lines[n].startswith("[")), len(lines))
        kept = [line for line in lines[at:end] if line.split(" ")[0] not in written]
        lines[at:end] = [*addition.split("\n"), *kept]
    else:
        lines += ["", header, *addition.split("\n")]
    return ("\n".join(lines) + "\n").encode(), OPEN | {USAGE}, f"{header} {addition}"


def wrong_type(random, text):
    theory = Lines(text)
    number, table, match = random.choice(list(theory.keys()))
    value = random.choice(["true", "2026-11-30", "{ a = 1 }", "12:00:00", "[[]]", "[true]", "{}"])
    theory.set(number, match, value)
    return theory.text().encode(), codes(BAD_FILE), f"{table}.{match['key']} = {value}"


def misspelt_key(random, text):
    theory = Lines(text)
    free = [entry for entry in theory.keys() if entry[1] not in ("study.points", "architecture.parameters")]
    number, table, match = random.choice(free)
    key = match["key"]
    at = random.randrange(len(key))
    wrong = random.choice([key[:at] + "x" + key[at:], key.upper(), key + "_", f'"{key} "', f'"{key}\\u00e9"', f'"{key}\'"', key + "." + key,
        f'"{key}\\n"', "x" * 5000])
    theory.lines[number] = wrong + match["is"] + match["value"]
    return theory.text().encode(), codes(BAD_FILE), f"{table}.{key} as {wrong[:40]}"


def removed_key(random, text):
    theory = Lines(text)
    keys = [entry for entry in theory.keys() if entry[2]["key"] in REQUIRED and entry[1] != "study" and entry[1] != "sampler"]
    if "euclidean-net" in text:
        keys = [entry for entry in keys if entry[1] != "architecture"]
    number, table, match = random.choice(keys)
    del theory.lines[number]
    # An insertion region may take its length from the box of the architecture.
    right = OPEN if match["key"] == "length" else codes(BAD_FILE)
    return theory.text().encode(), right, f"without {table}.{match['key']}"


def duplicated(random, text):
    theory = Lines(text)
    places = [n for n, line in enumerate(theory.lines) if (line.startswith("[") and not line.startswith("[[")) or (KEY.match(line) and not line.startswith("#"))]
    number = random.choice(places)
    theory.lines.insert(number + 1 if KEY.match(theory.lines[number]) else len(theory.lines), theory.lines[number])
    return theory.text().encode(), codes(BAD_FILE), f"{theory.lines[number][:40]} twice"


def swapped_values(random, text):
    theory = Lines(text)
    (a, _, first), (b, _, second) = random.sample(list(theory.keys()), 2)
    theory.set(a, first, second["value"])
    theory.set(b, second, first["value"])
    return theory.text().encode(), OPEN | {USAGE}, f"{first['key']} and {second['key']} exchanged"


def swapped_lines(random, text):
    theory = Lines(text)
    a, b = random.randrange(len(theory.lines)), random.randrange(len(theory.lines))
    theory.lines[a], theory.lines[b] = theory.lines[b], theory.lines[a]
    return theory.text().encode(), OPEN | {USAGE}, f"lines {a + 1} and {b + 1} exchanged"


def layout(random, text):
    """Other ways to write the same file."""
    way = random.choice(["CRLF", "BOM", "tabs", "comment", "blank lines", "underscore", "no last line break", "quoted key"])
    data = {
        "CRLF": text.replace("\n", "\r\n"), "BOM": "\ufeff" + text, "tabs": re.sub(r"^(\w+) = ", "\\1\t=\t", text, flags=re.M),
            "comment": text + "# é Ω \U0001d4d3 'x' \"\n",
        "blank lines": text.replace("\n", "\n\n\n"), "underscore": text.replace("draws = 400", "draws = 4_0_0"),
            "no last line break": text.rstrip("\n"),
        "quoted key": text.replace("\nspacing =", '\n"spacing" ='),
    }[way]
    return data.encode(), codes(DONE), way


def title(random, text):
    value = random.choice(STRINGS)
    text = re.sub(r"^title = .*", lambda _: f'title = "{value}"', text, flags=re.M)
    return text.encode(), codes(BAD_FILE) if "\\u0000" in value else codes(DONE, BAD_FILE), f"title {value[:30]}"


def long_text(random, text):
    size = random.choice([1000, 70000, 2000000])
    where = random.choice(["comment", "key", "kind", "table", "number"])
    text = {
        "comment": text + "# " + "x" * size + "\n", "key": text + "\n[run2]\n" + "x" * size + " = 1\n",
        "kind": re.sub(r"^kind = .*", 'kind = "' + "x" * size + '"', text, flags=re.M), "table": text + "\n[" + "x" * size + "]\n",
        "number": re.sub(r"^spacing = .*", "spacing = " + "1" * size, text, flags=re.M),
    }[where]
    return text.encode(), codes(DONE) if where == "comment" and size < 1000000 else codes(BAD_FILE), f"{where} of {size} characters"


def nested(random, text):
    depth = random.choice([10, 100, 300, 5000, 100000])
    addition = random.choice(["x = " + "[" * depth + "]" * depth, "x = " + "{a=" * depth + "1" + "}" * depth,
        "[" + ".".join("a" * depth) + "]\nb = 1", "x = " + "[" * depth])
    return (text + "\n[run3]\n" + addition + "\n").encode(), codes(BAD_FILE), f"depth {depth}: {addition[:8]}"


def truncated(random, text):
    data = text.encode()
    size = random.randrange(len(data))
    return data[:size], OPEN | {USAGE}, f"first {size} bytes"


def random_bytes(random, text):
    data = bytearray(text.encode())
    for _ in range(random.choice([1, 2, 5, 50])):
        at = random.randrange(len(data))
        way = random.randrange(3)
        if way == 0:
            data[at] = random.randrange(256)
        elif way == 1:
            data.insert(at, random.randrange(256))
        else:
            del data[at]
    return bytes(data), OPEN | {USAGE}, "random bytes"


def noise(random, text):
    data = random.choice([b"", b"\n", b"\0" * 100, random.randbytes(300), "\ufeff".encode(), text.encode("utf-16"), b"\xff" + text.encode(),
        text.encode() + b"\0", text.encode() + b"\xc3\n", text.encode() + b"\x1b[31m\n", text.encode() + b"=\n", b"[" * 3000,
                          text.encode() + b"\r", text.encode() + b'x = """' + b"y\n" * 30])
    return data, codes(DONE, BAD_FILE) if data.endswith(b"\r") else codes(BAD_FILE), f"{len(data)} bytes, {data[:6]!r} .. {data[-6:]!r}"


def spliced(random, text, other):
    """The tables of two theories shuffled together."""
    tables = {}
    for part in re.split(r"^(?=\[)", random.choice([text, other]), flags=re.M)[1:] + re.split(r"^(?=\[)", random.choice([text, other]),
        flags=re.M)[1:]:
        if random.random() < 0.8:
            tables.setdefault(part.split("\n")[0], part)
    parts = list(tables.values())
    random.shuffle(parts)
    return ('title = "spliced"\ndimension = ' + random.choice("1223") + "\n" + "\n".join(parts)).encode(), OPEN | {USAGE}, "tables of two theories"


def untouched(random, text):
    return text.encode(), codes(DONE), "as it is"


MUTATIONS = [(extreme_numbers, 40), (extreme_lattice, 14), (further_keys, 24), (wrong_type, 6), (misspelt_key, 6), (removed_key, 5),
    (duplicated, 4), (swapped_values, 5), (swapped_lines, 3), (layout, 5), (title, 5),
             (long_text, 3), (nested, 3), (truncated, 4), (random_bytes, 8), (noise, 5), (spliced, 8), (untouched, 4)]


def points(random, dimension):
    """A point file and the right exit codes."""
    header = "set\t" + "\t".join(f"x{i + 1}" for i in range(dimension))
    def row(name, number=lambda: random.choice(["0", "0.5", "1", "-0.25", "2"])):
        return name + "".join("\t" + number() for _ in range(dimension))
    good = [row("A"), row("A"), row("B"), row("B"), row("B"), row("B")]
    way = random.choice(["good", "extreme", "extreme", "extreme", "header", "count", "cells", "word", "split", "empty", "bytes", "crlf", "bom",
        "comment", "name", "quote", "many", "six", "cut"])
    if way == "extreme":
        rows = good[:-1] + [row("B", lambda: random.choice(["0", "1e100", "-1e100", "1e101", "1e-300", "5e-324", "1e17", "1e8", "nan", "inf",
            "1e400", "0x10", "1,5", "3e5"]))]
        return "\n".join([header, *rows]) + "\n", OPEN, way
    if way == "bytes":
        data = bytearray(("\n".join([header, *good]) + "\n").encode())
        for _ in range(3):
            data[random.randrange(len(data))] = random.randrange(256)
        return bytes(data), OPEN, way
    name = random.choice(STRINGS[:14]).replace("\\", "")
    lines, right = {
        "good": ([header, *good], {DONE}),
            "header": ([random.choice(["", "set", "x1\tset", header + "\tx9", header.upper(), header.replace("\t", ",")]), *good], {BAD_FILE}),
        "count": ([header, *good[:-1]], {BAD_FILE}), "cells": ([header, *good, row("C") + "\t1"], {BAD_FILE}),
            "word": ([header, *good[:-1], row("B", lambda: "one")], {BAD_FILE}),
        "split": ([header, good[0], good[2], good[1], *good[3:]], {BAD_FILE}), "empty": ([random.choice(["", header, "\0", "#"])], {BAD_FILE}),
            "crlf": ([line + "\r" for line in [header, *good]], {DONE, BAD_FILE}), "bom": (["\ufeff" + header, *good], {DONE, BAD_FILE}),
        "comment": (["# é", header, "", *good], {DONE}), "name": ([header, row(name), row(name)], {DONE, BAD_FILE}),
            "quote": ([header, row('"A"'), row('"A"')], {DONE, BAD_FILE}), "cut": (["\n".join([header, *good])[:-2]], {DONE, BAD_FILE}),
        "many": ([header, *[row(f"s{i // 2}") for i in range(400)]], {DONE}), "six": ([header, *[row("S") for _ in range(6)]], {DONE}),
    }[way]
    return "\n".join(lines) + "\n", frozenset(right), way


def theory_case(random, seeds):
    base, text = random.choice(seeds.theories)
    mutation = random.choices([m for m, _ in MUTATIONS], [w for _, w in MUTATIONS])[0]
    if mutation is spliced:
        other = random.choice(seeds.theories)
        data, right, story = spliced(random, text, other[1])
    else:
        data, right, story = mutation(random, text)
    interacts = b"[[insertion]]" in data
    # Single neurons are of free theories.
    command = random.choices(["show", "correlate", "sample", "study", "neuron-space", "validate"],
        [35, 34, 9, 9, 3, 3] if interacts else [30, 35, 12, 9, 10, 3])[0]
    arguments, outputs, plans = (command, "t.toml"), (), False
    if command == "correlate":
        arguments += random.choice([(), (), ("--estimators", "all"), ("-o", "out.h5"), ("-o", "out.npz"), ("-o", "out.json"), ("--format", "text"),
            ("--all-displacements",)])
        arguments += ("--threads", random.choice(["1", "1", "1", "2"]), "--quiet")
        outputs, plans = ("out.*",), True
    elif command == "sample":
        arguments += ("-o", random.choice(["out.npz", "out.npz", "out.h5"]), "--threads", "1", "--quiet")
        outputs, plans = ("out.*",), True
    elif command == "study":
        arguments += random.choice([("--widths", "2,4"), ("--widths", "2,4,8"), ("--widths", "2,3", "--estimators", "zero-momentum"),
            ()]) + ("--threads", "1", "--quiet")
        plans = True
        if right != {BAD_FILE}:
            right |= {USAGE, BAD_FILE}
    elif command == "neuron-space":
        arguments = ("correlate", "t.toml", "--neuron-space", "--threads", "1", "--quiet") + random.choice([(), (), ("--width", "2,4"),
            ("--neuron-averages", "raw"), ("--neuron-averages", "weights")])
        plans = True
        if right != {BAD_FILE}:
            right |= {USAGE, BAD_FILE}
    elif command == "validate":
        arguments = ("validate", "free-theory", "--theory", "t.toml", "--quiet", "--threads", "1", "--only", "no such title")
        if right != {BAD_FILE}:
            right |= {USAGE, BAD_FILE}
            right -= {DONE}
    return Case("theory", f"{base}: {story}", arguments, {"t.toml": data}, right, outputs, plans)


def points_case(random, seeds):
    base, text = random.choice([entry for entry in seeds.theories if "[[insertion]]" not in entry[1] and "[study]" not in entry[1]])
    data, right, story = points(random, int(re.search(r"^dimension = (\d)", text, re.M)[1]))
    arguments = random.choice([("correlate", "t.toml", "--points", "p.tsv"), ("correlate", "t.toml", "--points", "p.tsv"),
        ("sample", "t.toml", "--points", "p.tsv", "-o", "out.npz"), ("correlate", "t.toml", "--points", "p.tsv", "--neuron-space"),
                               ("study", "t.toml", "--widths", "2,4", "--points", "p.tsv")])
    # Fields are sampled at sets of any size.
    if arguments[0] == "sample" and story == "count":
        right = frozenset({DONE})
    if arguments[0] == "study" and right != {BAD_FILE}:
        right |= {USAGE, BAD_FILE}
    if "--neuron-space" in arguments and right != {BAD_FILE}:
        right |= {USAGE}
    # The limit has values on the sites of its lattice alone.
    right |= {USAGE, BAD_FILE} if 'kind = "infinite-width"' in text else set()
    return Case("points", f"{base}: {story}", arguments + ("--threads", "1", "--quiet"),
        {"t.toml": text.encode(), "p.tsv": data.encode() if isinstance(data, str) else data}, right, ("out.*",), True)
