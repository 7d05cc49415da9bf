# SPDX-License-Identifier: GPL-3.0-or-later
"""Result files of every format that is read back, made by the program itself, and what can be done to them."""

import io
import json
import re
import warnings
import zipfile

from case import BAD_FILE, DONE, NO_RESOURCES, USAGE, Case, codes
from theories import STRINGS

# How results are made: name, theory, arguments. Each is written in every format that can be read.
RUNS = [
    ("fields", "cos-net", ("--set", "lattice.sites=3x3", "--draws", "400", "--estimators",
        "two-point,zero-momentum,one-point-distribution,one-point-cumulants")),
    ("lattice", "infinite-width", ("--set", "lattice.sites=3x3", "--draws", "400", "--estimators", "momentum-propagator,trispectrum,time-slice")),
    ("samples", "phi4-0d", ("--draws", "1600", "--set", "sampler.kind=chains", "--set", "sampler.chains=16", "--set", "sampler.warm_up=10")),
]
FORMATS = ("tsv", "csv", "json", "h5", "npz")
SEAL = b"NNFTCRC1"

# Commands that a shell or gnuplot would obey, each making the file $C.
INJECTIONS = ["'; system('touch \"$C\"'); x='", "'.system('touch \"$C\"').'", "\nsystem('touch \"$C\"')\n#", "`touch $C`", "$(touch $C)",
    "\"; system(\"touch $C\"); \"", "@C", "| touch $C", "<touch $C", "-e", "--", "../../../x", "/x", "a/b",
              "<script>fuzz()</script>", "it's", "a\tb", "a\rb", "a\"b", "a\\b", "%s", "é", "\u202e", "\x1b[31m", "\x07", "", " ", ".", "..",
                  "x" * 300, "x" * 70000, "{/=40 x}", "a,b", "two-point"]

NUMBERS = ["nan", "-nan", "inf", "-inf", "1e400", "", "x", "1,5", "0x1p3", "1e308", "-1e308", "5e-324", "0", "-0.0", "99999999999999999999",
    "1e-320", "٣", " 1", "1 ", "+1", "1e", "null", "true", "[]", '"1"', "9223372036854775807"]


def unsealed(data):
    return data[:-16] if data[-16:-8] == SEAL else data


def flip(random, data):
    data = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8, 64])):
        at = random.randrange(len(data))
        data[at] = random.choice([0, 255, data[at] ^ (1 << random.randrange(8)), random.randrange(256)])
    return bytes(data), "bytes changed"


def cut(random, data):
    size = random.choice([random.randrange(len(data)), len(data) - 1 - random.randrange(min(20, len(data) - 1))])
    return data[:size], f"first {size} bytes"


def stretched(random, data):
    at = random.randrange(len(data))
    addition = random.choice([random.randbytes(random.choice([1, 16, 1000])), b"\0" * 512, b"\n", data])
    return random.choice([(data + addition, "bytes behind"), (addition + data, "bytes before"), (data[:at] + addition + data[at:], "bytes between"),
        (data[:at] + data[at + 40:], "a hole")])


def damaged(random, data):
    way = random.choice([flip, flip, cut, stretched])
    return way(random, data)


def text_file(random, data):
    """TSV and CSV: lines, cells and names."""
    lines = data.decode().split("\n")
    tables = [n for n, line in enumerate(lines) if line.startswith("# table: ")]
    rows = [n for n, line in enumerate(lines) if line and not line.startswith("#")]
    separator = "\t" if any("\t" in lines[n] for n in rows) else ","
    way = random.choice(["table", "table", "key", "value", "cell", "cell", "column", "double", "lines", "drop", "crlf", "bom", "comment"])
    word = random.choice(INJECTIONS)
    if way == "table":
        lines[random.choice(tables)] = "# table: " + word
    elif way == "key":
        lines.insert(random.randrange(tables[0] + 1), f"# {word}: x")
    elif way == "value":
        lines.insert(random.randrange(tables[0] + 1), f"# title: {word}")
    elif way == "cell":
        n = random.choice(rows)
        cells = lines[n].split(separator)
        word = random.choice(NUMBERS)
        cells[random.randrange(len(cells))] = word
        lines[n] = separator.join(cells)
    elif way == "column":
        n = tables[0] + 2
        cells = lines[n].split(separator)
        cells[random.randrange(len(cells))] = word = random.choice(INJECTIONS + ["value", "error", "exact", "r", "width"])
        lines[n] = separator.join(cells)
    elif way == "double":
        end = tables[1] if len(tables) > 1 else len(lines)
        lines = [*lines[:end], *lines[tables[0]:]] if len(tables) > 1 else [*lines[:-1], "", *lines[tables[0]:]]
    elif way == "lines":
        a, b = random.randrange(len(lines)), random.randrange(len(lines))
        lines[a], lines[b] = lines[b], lines[a]
    elif way == "drop":
        del lines[random.randrange(len(lines))]
    elif way == "comment":
        lines.insert(random.randrange(len(lines)), "# " + word)
    text = "\n".join(lines)
    text = {"crlf": text.replace("\n", "\r\n"), "bom": "\ufeff" + text}.get(way, text)
    return text.encode("utf-8", "surrogatepass"), f"{way}: {word[:30]!r}"


def json_file(random, data):
    """JSON: any value anywhere, names, tables twice, nesting."""
    document = json.loads(data)
    places = []
    def walk(value):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            places.append((value, key))
            if isinstance(value[key], (dict, list)):
                walk(value[key])
    walk(document)
    holder, key = random.choice(places)
    way = random.choice(["string", "string", "string", "type", "rename", "remove", "number", "double", "nest", "raw"])
    word = random.choice(INJECTIONS)
    if way == "string":
        texts = [(h, k) for h, k in places if isinstance(h[k], str)]
        names = [(h, k) for h, k in texts if k == "name"]
        holder, key = random.choice(random.choice([texts, names or texts]))
        holder[key] = word
    elif way == "type":
        holder[key] = random.choice([None, True, 1.5, [], {}, "x", [[]], -1, 10 ** 30])
    elif way == "rename" and isinstance(holder, dict):
        holder[word] = holder.pop(key)
    elif way == "remove":
        del holder[key]
    elif way == "double" and isinstance(holder, list):
        holder.append(holder[key])
    text = json.dumps(document, ensure_ascii=random.random() < 0.5)
    if way == "number":
        spots = list(re.finditer(r"(?<=[\[ ])-?\d[\d.e+-]*(?=[,\]}])", text))
        spot = random.choice(spots)
        word = random.choice(NUMBERS)
        text = text[:spot.start()] + word + text[spot.end():]
    elif way == "nest":
        depth = random.choice([100, 10000, 1000000])
        text = text[:-1] + ', "x": ' + "[" * depth + "]" * random.choice([0, depth]) + "}"
    elif way == "raw":
        text = random.choice(["{}", "[]", "{", '{"format": 1}', text + text, text.replace('"', "'"), text.replace(":", ","), '"' + text,
            text.replace("{", '{"a": 1, "a": 2, ', 1)])
    return text.encode("utf-8", "surrogatepass"), f"{way}: {word[:30]!r}"


def npz_file(random, data):
    """npz: entries renamed, dropped, doubled, compressed, bombed, headers changed."""
    source = zipfile.ZipFile(io.BytesIO(data))
    entries = [(name, source.read(name)) for name in source.namelist()]
    way = random.choice(["rename", "rename", "drop", "double", "bytes", "header", "header", "compress", "bomb", "extra", "order"])
    n = random.randrange(len(entries))
    name, content = entries[n]
    story = name
    if way == "rename":
        word = random.choice(INJECTIONS)[:60000]
        table = name.split("/")[0]
        entries = [(word + entry[len(table):] if entry.startswith(table + "/") else entry, value) for entry, value in entries]
        story = f"{table} to {word[:30]!r}"
    elif way == "drop":
        del entries[n]
    elif way == "double":
        entries.append(entries[n])
    elif way == "bytes":
        entries[n] = (name, flip(random, content)[0])
    elif way == "header":
        start = content[:128].decode("latin-1")
        change = random.choice([(r"\(\d+", "(" + random.choice(["0", "99999999999", "-1", "9223372036854775807", "x"])),
            (r"'<f8'|'<U\d+'|'<i8'", random.choice(["'>f8'", "'<f4'", "'|O'", "'<U999999999'", "'<c16'", "'<U0'", "'V0'"])),
                                (r"False", "True"), (r"'shape'", "'shade'"), (r"\}", ""), (r"NUMPY\x01", "NUMPY\x09")])
        changed = re.sub(change[0], lambda _: change[1], start, count=1)
        entries[n] = (name, changed[:128].ljust(128).encode("latin-1", "replace") + content[128:])
        story += f", {change[1]!r}"
    elif way == "extra":
        entries.append((random.choice(INJECTIONS)[:60000] or "x", random.randbytes(100)))
    elif way == "order":
        random.shuffle(entries)
    elif way == "bomb":
        entries[n] = (name, content[:128] + b"\0" * 30_000_000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if way in ("compress", "bomb") else zipfile.ZIP_STORED) as target:
        for name, content in entries:
            entry = zipfile.ZipInfo(name.replace("\0", ""))
            entry.compress_type = target.compression
            with warnings.catch_warnings():
                # Two entries of one name are what is wanted.
                warnings.simplefilter("ignore")
                target.writestr(entry, content)
    return file.getvalue(), f"{way}: {story}"


def h5_file(random, data):
    """HDF5 without its seal: texts overwritten in place, whatever carries no checksum of its own."""
    data = bytearray(unsealed(data))
    words = [b"two-point", b"zero-momentum", b"value", b"error", b"status", b"summary", b"columns", b"kinds", b"nnft-correlators", b"jackknife",
        b"program", b"number", b"integer", b"text"]
    word = random.choice([w for w in words if w in data])
    spots = [m.start() for m in re.finditer(re.escape(word), data)]
    new = random.choice([b"'" + b"`" * 99, b"\0" * 99, b"/" * 99, b"\n" * 99, b"\xff" * 99, b"value" * 20, b"integer" * 20,
        b"\x1b[31m" * 20])[:len(word)]
    for at in random.choice([spots, [random.choice(spots)]]):
        data[at:at + len(word)] = new
    return bytes(data), f"{word.decode()} as {new!r}"


STRUCTURED = {"tsv": text_file, "csv": text_file, "json": json_file, "h5": h5_file, "npz": npz_file}

# Names of input files; the last ones are legal, if unkind.
NAMES = ["run", "run", "run", "run", "it's", "a b", "-run", "é", "a'; system('touch \"$C\"'); x='", "a'.system('touch \"$C\"').'b", "`touch $C`",
    "$(touch $C)", "a\nb", "a\tb", "<script>", "a;b", "a\"b", "@C", "%s", "a\\b", "run.tar"]


def result_case(random, seeds):
    name, ending, data = random.choice(seeds.results)
    whole = random.random() < 0.15
    if whole:
        story = "as it is"
    elif ending == "h5" and random.random() < 0.75 or random.random() < 0.4:
        isSealed = ending != "h5" or random.random() < 0.2
        data, story = damaged(random, data if isSealed else unsealed(data))
        story += "" if isSealed else ", unsealed"
    else:
        data, story = STRUCTURED[ending](random, data)
    file = random.choice(NAMES) + "." + random.choice([ending, ending, ending, "h5", "dat"])
    path = "./" + file
    right = codes(DONE) if whole else codes(DONE, BAD_FILE, NO_RESOURCES)
    if random.random() < 0.6:
        target = random.choice(["tsv", "csv", "json", "h5", "npz", "json.gz", "text", "tsv"])
        arguments = ("export", path, "--quiet") + (("--format", "text") if target == "text" else ("-o", "out." + target))
        outputs = ("out.*",)
        # Samples, which only some formats have, and which pyerrors is made of.
        right |= {USAGE} if target == "json.gz" else set()
    else:
        output = random.choice([(), (), ("-o", "out.svg"), ("-o", "out.png"), ("-o", "out.pdf"), ("-o", "./o'neil.svg"), ("-o", "./-x.svg"),
            ("-o", "a'; system('touch \"$C\"'); x='.svg"), ("-o", "a\nb.svg"), ("-o", "é.pdf")])
        arguments = ("plot", path, "--quiet", *output) + random.choice([(), (), ("--script",), ("--log",), ("--linear",), ("--table", "two-point")])
        outputs = ("*.svg", "*.png", "*.pdf", "*.gp", "*.dat")
        right |= {USAGE}
    # A text where a number should be makes a column of texts, as documented; then the words are the case's own.
    return Case("results", f"{name}.{ending}: {story}", arguments, {file: data}, right, outputs, scans="nan" not in story and "inf" not in story)
