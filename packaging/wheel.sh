#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: packaging/wheel.sh [NNFT]   dist/nnft-VERSION-py3-none-manylinux_2_NN_ARCH.whl: the Python package with the program and its libraries.
# $PYTHON (default python3) needs pip and reaches the build tools that Python/pyproject.toml names.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/tree.sh "$@"
tree=.build-dist/tree
# A copy: a tree inside Python/ would find its way into other installations of the package.
work=.build-dist/python
rm -rf "$work"
cp -a Python "$work"
rm -rf "$work/build" "$work"/src/*.egg-info
install -d "$work/src/nnft/_tree/share/doc"
cp -a "$tree/bin" "$tree/lib" "$work/src/nnft/_tree/"
cp -a "$tree/share/doc/nnft" "$work/src/nnft/_tree/share/doc/"
glibc=$(cat "$tree/share/doc/nnft/GLIBC")
mkdir -p dist
NNFT_PLATFORM="manylinux_${glibc/./_}_$(uname -m)" "${PYTHON:-python3}" -m pip wheel --quiet --no-deps --wheel-dir dist "$work"
ls -l dist/*.whl | awk '{ printf "%s: %.1f MB\n", $9, $5/1e6 }'
