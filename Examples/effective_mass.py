# SPDX-License-Identifier: GPL-3.0-or-later
"""The effective mass of a Matern field, errors propagated by pyerrors through all correlations.

The Euclidean net with the Matern spectrum nu = 1/2 in d = 1 is the massive free particle: G2(r) = exp(-r/l), so the effective mass is
1/l at every distance. Runs nnft (on the PATH), exports for pyerrors, draws effective_mass.png.
"""

import subprocess

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pyerrors as pe

RUN = ["nnft", "correlate", "euclidean-net", "--set", "dimension=1", "--set", "lattice.sites=[64]",
       "--set", "architecture.parameters.nu=0.5", "--set", "correlators.first_separation=[1]",
       "--set", "correlators.second_separation=[1]", "--estimators", "two-point,zero-momentum", "--quiet", "--force"]
subprocess.run([*RUN, "--format", "hdf5", "-o", "matern.h5"], check=True)
subprocess.run(["nnft", "export", "matern.h5", "--quiet", "--force", "-o", "matern.json.gz"], check=True)

corr, zero_momentum = pe.input.json.load_json("matern.json.gz", verbose=False)
with h5py.File("matern.h5") as file:
    table = file["correlators/two-point"]
    r, value, error = table["r"][:], table["value"][:], table["error"][:]

# Independent bins: no autocorrelation to look for. The errors are those of the table.
corr.gamma_method(S=0)
found = np.array([entry[0].dvalue for entry in corr.content])
print(f"largest relative difference between the errors of pyerrors and nnft: {np.max(np.abs(found / error - 1)):.1e}")

mass = corr.m_eff("log") / (r[1] - r[0])
mass.gamma_method(S=0)
ratio = zero_momentum[0] / corr.content[0][0]
ratio.gamma_method(S=0)
print(f"chi2/G2(0) = {ratio}")

shown = [t for t in range(24) if mass.content[t] is not None]
figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
axis.errorbar(
    r[shown], [mass.content[t][0].value for t in shown], [mass.content[t][0].dvalue for t in shown], fmt="o", ms=3,
    label="ln G2(r)/G2(r+a) / a")
axis.axhline(1, color="k", lw=0.8, label="1/l, exact")
axis.set(xlabel="r", ylabel="effective mass")
axis.legend()
figure.savefig("effective_mass.png", dpi=150)
