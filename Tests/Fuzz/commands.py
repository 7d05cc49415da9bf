# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines: wrong flags, extreme values, files that are missing, odd outputs."""

from case import BAD_FILE, DONE, NO_RESOURCES, OPEN, UNDECIDED, USAGE, Case, codes
from theories import EXTREMES, LATTICES, STRINGS

KINDS = "cos-net gauss-net scalar-net scalar-net-lattice alpha-net euclidean-net dense-net deep-net infinite-width".split()
LIBRARY = "alpha-net correlated-net cos-net deep-cosine deep-relu erf-net euclidean-net gauss-net infinite-width relu-net scalar-net scalar-net-lattice tanh-net".split()
INTERACTING = "phi4-0d phi4-1d phi4-2d-strong scalar-net-phi4 cos-net-phi4 gauss-net-phi4 phi4-2d-envelope phi4-3d".split()

SMALL = ("--set", "lattice.sites=3x3", "--draws", "400", "--threads", "1", "--quiet")

# Words, numbers and lists that no option understands.
NO_COUNT = ["x", "1e30", "1.5", "", "nan", "inf", "１２", "1e", "--", "1 000", "9223372036854775808", "-", "1,", "2^3", "10^99", "1e-3", "☃",
    "x" * 70000, "\x1b[31m", "a\nb"]
COUNTS = ["0", "1", "2", "3", "17", "400", "4_00", "4e2", "10^3", "1e3", "00400", "9223372036854775807", "281474976710655", "281474976710656",
    "1e15", "1e18", "4294967296", "2147483648", "1e9"]
WORDS = ["spring", "0", "18446744073709551615", "18446744073709551616", "9223372036854775808", "1e400", "", " ", "é", "x" * 5000, "-0", "0x1",
    "a\nb", "\x1b[31m", "'", '"', '"""', "[1]", "true", "2026-11-30", "{a=1}", "1.5", "nan"]

KEYS = (
    "architecture.width architecture.kind architecture.sigma_w0 architecture.sigma_w1 architecture.mass "
    "architecture.weights_shared_variance lattice.sites lattice.spacing lattice.boundary run.draws run.seed run.bins "
    "dimension title correlators.estimators correlators.vertex_charge correlators.momenta fields.method fields.tolerance "
    "fields.precision architecture study.widths insertion[1].lambda insertion[99999999999999999999].lambda "
    "insertion[0].lambda insertion[-1].x insertion[1] a..b . .. [] a[ a] \"a\".b \x1b[31m a\nb é"
).split(" ")


def arguments(random):
    """(story, arguments, right codes, outputs, plans) of a command line; files `run.tsv`, `taken`, folder `folder` are there."""
    theory = random.choice(LIBRARY)
    malformed = codes(USAGE)
    command = random.choice(["show", "correlate", "sample", "study", "export", "plot", "new", "list", "validate", "root"])
    unknown = random.choice(["--bogus", "-z", "--drawz", "--Draws", "---", "--draws=", "-é", "--set"])
    base = {
        "show": ("show", theory), "correlate": ("correlate", theory, *SMALL), "sample": ("sample", theory, "-o", "out.npz", *SMALL),
            "study": ("study", theory, "--widths", "2,4", *SMALL), "export": ("export", "run.tsv"),
        "plot": ("plot", "run.tsv"), "new": ("new", random.choice(KINDS)), "list": ("list",),
            "validate": ("validate", "free-theory", "--theory", theory), "root": (),
    }[command]
    way = random.choice(["unknown", "unknown", "extra", "missing", "value", "value", "value"])
    if way == "unknown" and command != "root":
        return f"{command} {unknown}", (*base, unknown), malformed, ("out.*",), False
    if way == "extra" and command not in ("validate",):
        return f"{command} and a further word", (*base, *(("list",) if command == "list" else ()), "x" * random.choice([1, 70000]),
            "y"), malformed, (), False
    if way == "missing" and command not in ("list", "root", "validate"):
        return f"{command} without its argument", (command,), malformed, (), False
    return OPTIONS[command](random, theory)


def choose(random, *entries):
    story, words, right, *rest = random.choice(entries)
    outputs = rest[0] if rest else ()
    plans = rest[1] if len(rest) > 1 else False
    return story, words, frozenset(right), outputs, plans


def run_options(random, command, theory):
    """Options that show, correlate, sample and study share."""
    tail = {"show": (), "correlate": ("--threads", "1", "--quiet"), "sample": ("-o", "out.npz", "--threads", "1", "--quiet"),
        "study": ("--widths", "2,4", "--threads", "1", "--quiet")}[command]
    start = (command, theory, *tail)
    small = ("--set", "lattice.sites=3x3")
    plans = command != "show"
    loose = OPEN | ({USAGE} if plans else set())
    word, count, seed, key, text, number = random.choice(NO_COUNT), random.choice(COUNTS), random.choice(WORDS), random.choice(KEYS), random.choice(STRINGS), random.choice(EXTREMES)
    lattice = random.choice(LATTICES)
    entries = [
        (f"--draws {word[:20]}", (*start, "--draws", word), {USAGE}), (f"--draws {count}", (*start, *small, "--draws", count), loose, ("out.*",),
            plans),
        (f"--seed {seed[:20]}", (*start, *small, "--draws", "400", "--seed", seed), loose, ("out.*",), plans),
            ("--set without =", (*start, "--set", word.replace("=", "")), {USAGE}),
        (f"--set {key} = {number}", (*start, "--draws", "400", "--set", f"{key}={number}"), loose, ("out.*",), plans),
            (f"--set {key} = {text[:20]}", (*start, "--draws", "400", "--set", f"{key}={text}"), loose, ("out.*",), plans),
        (f"sites {lattice}", (*start, "--draws", "400", "--set", f"lattice.sites={lattice}"), loose, ("out.*",), plans),
            ("a key twice", (*start, "--set", "run.bins=20", "--set", "run.bins=20"), {USAGE, BAD_FILE}),
        ("no such file", (command, random.choice(["nosuch", "no/such/file.toml", "folder", ".", "..", "/", "", "cosnet", "\x1b[31m", "a\nb",
            "x" * 5000, "-", "é", "taken/x"]), *tail), {BAD_FILE}), (f"--threads {word[:20]}",
                (command, theory, *[t for t in tail if t not in ("--threads", "1")], "--threads", word), {USAGE}),
        ("--threads out of range", (command, theory, *[t for t in tail if t not in ("--threads", "1")], "--threads",
            random.choice(["0", "1025", "9223372036854775807", "=-1"])), {USAGE}),
    ]
    if command != "study":
        entries += [(f"--width {count}", (*start, *small, "--draws", "4", "--width", count), loose, ("out.*",), plans),
            ("two widths", (*start, "--width", "2,4"), {USAGE, BAD_FILE}), (f"--width {word[:20]}", (*start, "--width", word), {USAGE})]
    return entries


def correlate(random, theory):
    start = ("correlate", theory, *SMALL)
    outputs = ("out.*",)
    number = random.choice(EXTREMES)
    file = random.choice(["é.json", "a b.json", "./-x.json", "it's.json", "a\nb.json", "x" * 200 + ".json"])
    return choose(
        random, *run_options(random, "correlate", theory), *run_options(random, "correlate", theory),
        ("--format bogus", (*start, "--format", random.choice(["bogus", "", "TSV", "x" * 5000])), {USAGE}),
        ("binary to standard output", (*start, "--format", random.choice(["hdf5", "npz", "pyerrors", "hadrons"])), {USAGE}),
        ("--table bogus", (*start, "--table", random.choice(["bogus", "", "two-point ", "x" * 5000, "\x1b[31m"])), {USAGE}),
        ("--estimators bogus", (*start, "--estimators",
        random.choice(["bogus", "two-point,bogus", "x" * 5000, "\x1b[31m", "two-point;zero-momentum"])), {USAGE}),
        ("--estimators empty", (*start, "--estimators", random.choice(["", ",", " "])), {USAGE, BAD_FILE}),
        ("--until-error", (*start, "--until-error", random.choice(["0", "1", "nan", "inf", "=-1", "x", "", "2", "1e400", "-inf"])), {USAGE}),
        ("--neuron-averages alone", (*start, "--neuron-averages", "raw"), {USAGE}),
        ("--neuron-averages bogus", (*start, "--neuron-space", "--neuron-averages", "bogus"), {USAGE}),
        ("--points and --all-displacements", (*start, "--points", "p.tsv", "--all-displacements"), {USAGE}),
        ("points missing", (*start, "--points", random.choice(["nosuch", "folder", "", "run.tsv", "\x1b[31m"])), {BAD_FILE, USAGE}),
        ("-o taken", (*start, "-o", "taken"), {USAGE}), ("-o folder", (*start, "-o", random.choice(["folder", ".", "/", "folder/"])), {USAGE}),
        ("-o taken --force", (*start, "-o", "taken", "--force"), {DONE}, ("taken",)),
        ("-o in no folder", (*start, "-o", random.choice(["no/x.tsv", "taken/x.tsv", "x.tsv/"])), {USAGE}),
        ("-o empty", (*start, "-o", ""), {USAGE}), (f"-o {file[:20]}", (*start, "-o", file), {DONE}, (file.removeprefix("./"),)),
        ("-o too long", (*start, "-o", "x" * 300), {USAGE, NO_RESOURCES}), ("-o /dev/null", (*start, "-o", "/dev/null"), {DONE}),
        ("-o /dev/full", (*start, "-o", "/dev/full"), {NO_RESOURCES}),
        ("every format", (*start, "-o", "out." + random.choice(["tsv", "csv", "json", "h5", "npz", "json.gz", "hdf5"])), {DONE}, outputs),
        ("-o of no format", (*start, "-o", "out." + random.choice(["dat", "csv.gz", "parquet", "TSV"])), {USAGE}),
        ("hadrons", (*start, "--set", "run.bins=16", "--format", "hadrons", "-o", "out"), {DONE}, outputs),
        ("interacting", ("correlate", random.choice(INTERACTING), "--dry-run", "--quiet"), {DONE}),
        ("interacting from single neurons", ("correlate", random.choice(INTERACTING), "--neuron-space", "--quiet"), {USAGE}),
        ("all estimators", (*start, "--estimators", "all", "--set", f"correlators.vertex_charge={number}"), OPEN, (), True),
        ("single neurons", (*start, "--neuron-space", "--width", random.choice(["2,4", "1", "3,1", "2,2", "0,1", "1e8,3"])), OPEN | {USAGE}, (),
        True),
        ("--until-error", (*start, "--until-error", "0.5"), {DONE, USAGE}))


def show(random, theory):
    return choose(random, *run_options(random, "show", theory), ("any theory of the library", ("show", random.choice(LIBRARY + INTERACTING)), {DONE}))


def sample(random, theory):
    start = ("sample", theory, *SMALL)
    return choose(
        random, *run_options(random, "sample", theory), ("no -o", start, {USAGE}),
            ("nothing left", (*start, "-o", "out.h5", "--fields-only", "--parameters-only"), {USAGE}),
                ("interacting", ("sample", random.choice(INTERACTING), "-o", "out.h5", "--dry-run"), {DONE}), ("-o taken", (*start, "-o", "taken"), {USAGE}),
        ("-o folder", (*start, "-o", "folder"), {USAGE}), ("-o in no folder", (*start, "-o", "no/x.h5"), {USAGE}),
            ("-o empty", (*start, "-o", ""), {USAGE}), ("--format bogus", (*start, "-o", "out.h5", "--format", "tsv"), {USAGE}),
                ("parts", (*start, "-o", random.choice(["out.h5", "out.npz"]), random.choice(["--fields-only", "--parameters-only"])), {DONE},
                    ("out.*",)),
        ("-o /dev/null", (*start, "-o", "/dev/null"), {USAGE}), ("huge, planned",
            ("sample", theory, "--draws", random.choice(COUNTS), "--width", random.choice(["1", "1000", "1e8"]), "-o",
                random.choice(["out.h5", "out.npz"]), "--dry-run", random.choice(["--quiet", "--fields-only", "--parameters-only"])), OPEN),
        ("huge, not planned", ("sample", theory, "--draws", random.choice(["281474976710655", "1e15", "1e14"]), "-o",
            random.choice(["out.h5", "out.npz"]), "--quiet"), {BAD_FILE, NO_RESOURCES}))


def study(random, theory):
    start = ("study", theory, *SMALL)
    scan = random.choice(["a", "=1", "a=", "a=x", "a=1,1", "a=1,nan", "a=inf", "", "a=1,,2"])
    return choose(
        random, *run_options(random, "study", theory), (f"--scan {scan}", (*start, "--widths", "2,4", f"--scan={scan}"), {USAGE, BAD_FILE}),
            ("--scan of an unknown key", (*start, "--scan", "architecture.x=1,2"), {BAD_FILE, USAGE}),
                ("one width", (*start, "--widths", "4"), {USAGE}),
        ("widths", (*start, "--widths", random.choice(["2,2", "x,y", "2,", ",", "2;4"])), {USAGE}),
            ("widths out of range", (*start, "--widths", random.choice(["0,1", "1,1e9", "2,9223372036854775807"])), {BAD_FILE, USAGE}),
                ("scan", (*start, "--widths", "2,4", "--scan",
                    "lattice.spacing=" + ",".join(random.sample(["0.1", "1", "1e-5", "1e5", "3", "1e-100"], 2))), OPEN | {USAGE}, (), True),
        ("-o taken", (*start, "--widths", "2,4", "-o", "taken"), {USAGE}), ("wide", (*start, "--widths", "1,100000000"), OPEN | {USAGE}, (), True))


def export(random, theory):
    return choose(
        random, ("missing", ("export", random.choice(["nosuch", "folder", "", ".", "taken/x", "\x1b[31m", "/dev/null", "x" * 5000])), {BAD_FILE}),
            ("--format bogus", ("export", "run.tsv", "--format", "bogus"), {USAGE}),
                ("binary to standard output", ("export", "run.tsv", "--format", "hdf5"), {USAGE}),
                    ("-o taken", ("export", "run.tsv", "-o", "taken"), {USAGE}),
        ("one table a file", ("export", "run.tsv", "-o", "run.tsv", "--force"), {DONE}, ("run*.tsv",)), ("no results", ("export", random.choice(["taken", "p.tsv"])), {BAD_FILE}),
                ("samples from texts", ("export", "run.tsv", "-o", random.choice(["out.json.gz", "out.h5", "out.npz"])), {DONE, USAGE, BAD_FILE},
                    ("out.*",)),
        ("hadrons from texts", ("export", "run.tsv", "--format", "hadrons", "-o", "out"), {USAGE, BAD_FILE}),
            ("to standard output", ("export", "run.tsv", "--format", random.choice(["tsv", "csv", "json", "text"])), {DONE}),
                ("-o in no folder", ("export", "run.tsv", "-o", "no/x"), {USAGE}), ("-o empty", ("export", "run.tsv", "-o", ""), {USAGE}),
                    ("-o /dev/full", ("export", "run.tsv", "-o", "/dev/full"), {NO_RESOURCES}))


def plot(random, theory):
    outputs = ("*.svg", "*.png", "*.pdf", "*.gp", "*.dat")
    return choose(
        random, ("missing", ("plot", random.choice(["nosuch", "folder", "", ".", "taken/x", "\x1b[31m"])), {BAD_FILE}),
            ("no results", ("plot", random.choice(["taken", "p.tsv"])), {BAD_FILE}),
                ("ending", ("plot", "run.tsv", "-o", random.choice(["x", "x.jpg", ".svg", "", "svg", "x.SVG", "taken"])), {USAGE}),
                    ("both axes", ("plot", "run.tsv", "--linear", "--log"), {USAGE}),
        ("--table bogus", ("plot", "run.tsv", "--table", random.choice(["bogus", "", "\x1b[31m"])), {USAGE}),
            ("-o in no folder", ("plot", "run.tsv", "-o", "no/x.svg"), {USAGE}),
                ("-o folder", ("plot", "run.tsv", "--table", "two-point", "-o", "folder.svg"), {USAGE}),
                    ("figure", ("plot", "run.tsv", "-o",
                        random.choice(["é.svg", "a b.pdf", "./-x.png", "it's.svg", "$C.svg", "`touch $C`.svg", "a\nb.svg", "a\"b.pdf", "{x}.svg"])),
                            {DONE}, outputs),
        ("taken", ("plot", "run.tsv", "--table", "two-point", "-o", "taken.svg"), {USAGE}))


def validate(random, theory):
    return choose(
        random, ("no such suite", ("validate", random.choice(["bogus", "", "x" * 5000, "\x1b[31m", "Free-theory"])), {USAGE}),
            ("--set alone", ("validate", "--set", "a=1"), {USAGE}), ("--draws alone", ("validate", "--draws", "400"), {USAGE}),
                ("report", ("validate", "-o", random.choice(["x", "x.txt", "", "x.HTML"])), {USAGE}),
                    ("--seed", ("validate", "--seed", random.choice(["x", "18446744073709551616", "=-1", "1.5", ""])), {USAGE}),
        ("report in no folder", ("validate", "-o", "no/x.html"), {USAGE}), ("no such file",
            ("validate", "--theory", random.choice(["nosuch", "folder", ""])), {BAD_FILE}),
                ("a bad key", ("validate", "--theory", theory, "--set", random.choice(["a=1", "lattice.sites=x", "architecture.width=-1"])),
                    {BAD_FILE}), ("--draws", ("validate", "--theory", theory, "--draws", random.choice(["0", "1", "281474976710656"])), {BAD_FILE}),
        ("no such title", ("validate", "free-theory", "--theory", theory, "--only", random.choice(["bogus", "\x1b[31m", "x" * 5000])), {USAGE}),
            ("--threads", ("validate", "--threads", random.choice(["0", "x", "1025", ""])), {USAGE}),
        # 400 networks decide little: done or, where that has a code of its own, inconclusive; never a failed check.
        ("few networks", ("validate", "free-theory", "--theory", random.choice(["cos-net", "infinite-width", "scalar-net-lattice"]), "--set",
            "lattice.sites=2x2", "--draws", "400", "--threads", "1", "-o", "out.html"), {DONE, UNDECIDED}, ("out.html",)))


def new(random, theory):
    return choose(random, ("no such architecture", ("new", random.choice(["bogus", "", "\x1b[31m", "x" * 5000, "Cos-net"])), {USAGE}),
        ("every architecture", ("new", random.choice(KINDS)), {DONE}))


def listed(random, theory):
    return choose(random, ("no such topic", ("list", random.choice(["bogus", "", "\x1b[31m", "x" * 5000, "Weights"])), {USAGE}),
        ("every topic", ("list", random.choice("architectures estimators insertions samplers suites weights theories".split())), {DONE}),
            ("all topics", ("list",), {DONE}))


def root(random, theory):
    return choose(random, ("no such command", (random.choice(["bogus", "", "Show", "x" * 5000, "\x1b[31m", "neuron-space", "--bogus", "-1"]),),
        {USAGE}), ("help", random.choice([(), ("--help",), ("help",), ("help", "correlate"), ("correlate", "--help"), ("--version",),
            ("show", "--version")]), {DONE}))


OPTIONS = {"show": show, "correlate": correlate, "sample": sample, "study": study, "export": export, "plot": plot, "validate": validate, "new": new,
    "list": listed, "root": root}


def command_case(random, seeds):
    story, words, right, outputs, plans = arguments(random)
    files = {"run.tsv": seeds.table, "taken": b"keep me\n", "taken.svg": b"keep me\n", "folder/in": b"", "folder.svg/in": b"",
        "p.tsv": b"set\tx1\tx2\nA\t0\t0\nA\t1\t0\n"}
    return Case("commands", story, tuple(words), files, right, outputs, plans)
