# SPDX-License-Identifier: GPL-3.0-or-later
"""The propagator of the Cos-net at three widths: free at every width, its connected four-point function falling as 1/N.

Runs nnft (on the PATH), opens the HDF5 results with h5py and pandas, draws two_point_function.png.
"""

import subprocess

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd


def frame(group):
    """A table of the file as a data frame."""
    table = pd.DataFrame({name: group[name][()] for name in group.attrs["columns"].astype(str)})
    return table.assign(status=table["status"].str.decode("utf-8"))


figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for width in (1, 10, 100):
    name = f"cos-net-{width}.h5"
    subprocess.run(
        ["nnft", "correlate", "cos-net", "--width", str(width), "--set", "lattice.sites=24x24", "--quiet", "-o", name,
         "--force"], check=True)
    with h5py.File(name) as file:
        two = frame(file["correlators/two-point"])
        four = frame(file["correlators/four-point-xxyy"])
    axis = two["x2"] == 0
    left.errorbar(two["r"][axis], two["value"][axis], two["error"][axis], fmt="o", ms=3, label=f"N = {width}")
    right.errorbar(
        four["r"], width * four["value"], width * four["error"], fmt="o", ms=3, label=f"N = {width}")
    right.plot(four["r"], width * four["exact"], "k-", lw=0.8)
    pulls = two["pull"].dropna()
    print(f"N = {width}: {len(two)} shells, rms pull of G2 {np.sqrt((pulls**2).mean()):.2f}")
left.plot(two["r"][axis], two["exact"][axis], "k-", lw=0.8, label="exact")
left.set(xlabel="r", ylabel="G2(r)")
right.set(xlabel="r", ylabel="N G4c(0, 0, r, r)")
left.legend()
right.legend()
figure.savefig("two_point_function.png", dpi=150)
