# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel that carries the program, if `make wheel` has laid it into src/nnft/_tree, is one for this platform only."""

import os
import pathlib

from setuptools import Distribution, setup
from setuptools.command.install import install

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

CARRIES_PROGRAM = (pathlib.Path(__file__).parent / "src/nnft/_tree/bin/nnft").exists()


class PlatformDistribution(Distribution):
    """No extension modules, and yet not for every machine."""

    def has_ext_modules(self):
        return CARRIES_PROGRAM


class PlatformWheel(bdist_wheel):
    """Any Python 3, one platform: that of NNFT_PLATFORM where the maker of the wheel knows which C library it needs."""

    def get_tag(self):
        python, abi, platform = super().get_tag()
        if not CARRIES_PROGRAM:
            return python, abi, platform
        return "py3", "none", os.environ.get("NNFT_PLATFORM", platform)


class PlatformInstall(install):
    def finalize_options(self):
        super().finalize_options()
        if CARRIES_PROGRAM:
            self.install_lib = self.install_platlib


setup(distclass=PlatformDistribution, cmdclass={"bdist_wheel": PlatformWheel, "install": PlatformInstall})
