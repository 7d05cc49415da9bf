# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields from outside: small ensembles as NumPy and `nnft sample` write them, damaged in their bytes, headers, shapes, numbers and names."""

import io
import struct
import zipfile

from case import BAD_FILE, DONE, FAILED, NO_RESOURCES, UNDECIDED, USAGE, Case, codes
from results import INJECTIONS, damaged, h5_file, npz_file, unsealed

# How the program itself writes fields: name, theory, arguments.
RUNS = [
    ("draws.npz", "cos-net", ("--set", "lattice.sites=4x4", "--draws", "400", "--fields-only")),
    ("draws.h5", "cos-net", ("--set", "lattice.sites=4x4", "--draws", "400", "--fields-only")),
    ("chains.h5", "phi4-1d", ("--set", "lattice.sites=4", "--draws", "1600", "--set", "sampler.kind=chains", "--set", "sampler.chains=16")),
    ("weighted.npz", "phi4-1d", ("--set", "lattice.sites=4", "--draws", "1600", "--set", "sampler.kind=reweighting")),
]
SHAPES = ["(400, 4, 4)", "(400, 16)", "(16, 100, 4)", "(6400,)", "()", "(0, 4, 4)", "(400, 0)", "(1, 6400)", "(400, 2, 2, 2, 2)", "(3, 4, 4)", "(400, 4, 5)", "(-1, 4, 4)",
          "(99999999999, 4, 4)", "(9223372036854775807, 2)", "(400,, 4)", "(400 4 4)"]
TYPES = ["<f8", ">f8", "<f4", "<f2", "<i4", "|u1", "<c16", "|O", "<U9", "|b1", "<f16", "<M8[ns]", "V8", "x", ""]
NUMBERS = [float("nan"), float("inf"), -float("inf"), 1e308, -1e308, 1e160, 5e-324, 1e-200, 0.0]


def array(random, kind, shape, numbers=()):
    """A .npy file of normal numbers, some of them replaced."""
    size = {"8": 8, "4": 4, "2": 2}.get(kind[-1:], 8)
    form = {8: "d", 4: "f", 2: "e"}[size]
    values = [random.gauss(0, 1) for _ in range(6400)]
    for number in numbers:
        values[random.randrange(len(values))] = number
    try:
        body = struct.pack(f"<{len(values)}{form}", *values)
    except OverflowError:
        body = struct.pack(f"<{len(values)}d", *values)
    header = f"{{'descr': '{kind}', 'fortran_order': {random.choice([True, False])}, 'shape': {shape}, }}"
    header = header.ljust((64 - 10 % 64 + len(header) // 64 * 64 + 63) - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


def archive(**arrays):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, data in arrays.items():
            target.writestr(f"{name}.npy", data)
    return file.getvalue()


def made(random):
    """An array whose header, shape or numbers are strange."""
    numbers = [random.choice(NUMBERS) for _ in range(random.choice([0, 1, 3]))]
    kind = random.choice(TYPES) if random.random() < 0.5 else random.choice(["<f8", "<f4", "<f2"])
    shape = random.choice(SHAPES) if random.random() < 0.6 else "(400, 4, 4)"
    data = array(random, kind, shape, numbers)
    story = f"{kind} {shape} {numbers}"
    if random.random() < 0.5:
        return "fields.npy", data, story
    extra = {}
    if random.random() < 0.4:
        extra["log_weights"] = array(random, "<f8", random.choice(["(400,)", "(6400,)", "(1,)", "(16, 400)"]), numbers)
    return "fields.npz", archive(phi=data, **extra), story


def fields_case(random, seeds):
    if random.random() < 0.4:
        name, data, story = made(random)
    else:
        name, data = random.choice(seeds.fields)
        way = random.choice([damaged, npz_file if name.endswith("npz") else h5_file])
        data, story = way(random, unsealed(data) if name.endswith("h5") else data)
    words = random.choice([(), (), ("--spacing", "0.5"), ("--spacing", "0.5", "--boundary", random.choice(["open", "periodic"])), ("--chains",), ("--lattice", random.choice(["4x4", "2x8", "16"])),
                           ("--bins", random.choice(["0", "2", "16", "x"])), ("--array", random.choice(["phi", *INJECTIONS[:4]])), ("--log-weights", "log_weights"),
                           ("--theory", random.choice(["cos-net", "phi4-1d", "infinite-width"]))])
    if "--spacing" not in words and random.random() < 0.7:
        words += ("--spacing", random.choice(["0.25", "1", "0", "-1", "nan", "1e300", "1e-300"]), "--boundary", "periodic")
    start = ("measure", name) if random.random() < 0.7 else ("validate", random.choice(["universality", "euclidean-invariance"]), "--fields", name)
    # Changed fields may well contradict a theory or a claim: what may not come is a crash, a NaN, a hang or a code of none of these.
    return Case("fields", f"{name}: {story}", (*start, *words, "--threads", "1", "--quiet"), {name: data},
                codes(DONE, FAILED, USAGE, BAD_FILE, NO_RESOURCES, UNDECIDED))
