#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages nnft builds on, if any is missing; says what it does and needs no answers.
set -euo pipefail

packages=(build-essential pkg-config libfftw3-dev libopenblas-dev libgsl-dev libhdf5-dev zlib1g-dev)
# Only nnft plot needs it: without the right to install it everything else still builds and passes its tests.
optional=(gnuplot-nox)

if ! command -v swift >/dev/null 2>&1; then
  echo "nnft needs a Swift toolchain, 6.1 or newer, on the PATH: https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is no Debian system: install FFTW 3, OpenBLAS, GSL, HDF5 and zlib with their headers by your own package manager, then run make again." >&2
  exit 0
fi

is_installed() { [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null || true)" = "install ok installed" ]; }
missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
wanted=("${missing[@]}")
if ! command -v gnuplot >/dev/null 2>&1; then wanted+=("${optional[@]}"); fi
[ ${#wanted[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  run=()
elif sudo -n true 2>/dev/null; then
  run=(sudo -n)
elif [ ${#missing[@]} -eq 0 ]; then
  echo "For figures, install: sudo apt-get install -y --no-install-recommends ${wanted[*]}" >&2
  exit 0
else
  echo "Missing system packages and no right to install them. Run this line, then make again:" >&2
  echo "  sudo apt-get install -y --no-install-recommends ${wanted[*]}" >&2
  exit 1
fi
install() { "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }
echo "Installing system packages: ${wanted[*]}"
if [ ${#missing[@]} -eq 0 ]; then
  { "${run[@]}" apt-get update -qq && install "${wanted[@]}"; } || echo "gnuplot could not be installed; nnft plot will ask for it" >&2
  exit 0
fi
"${run[@]}" apt-get update -qq
install "${missing[@]}"
[ ${#wanted[@]} -eq ${#missing[@]} ] || install "${optional[@]}" || echo "gnuplot could not be installed; nnft plot will ask for it" >&2
