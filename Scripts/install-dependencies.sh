#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages nnft builds on, if any is missing; says what it does and needs no answers.
set -euo pipefail

packages=(build-essential pkg-config libfftw3-dev libopenblas-dev libgsl-dev libhdf5-dev zlib1g-dev)

if ! command -v swift >/dev/null 2>&1; then
  echo "nnft needs a Swift toolchain, 6.1 or newer, on the PATH: https://www.swift.org/install/linux/" >&2
  exit 1
fi
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is no Debian system: install FFTW 3, OpenBLAS, GSL, HDF5 and zlib with their headers by your own package manager, then run make again." >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  run=()
elif sudo -n true 2>/dev/null; then
  run=(sudo -n)
else
  echo "Missing system packages and no right to install them. Run this line, then make again:" >&2
  echo "  sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi
echo "Installing system packages: ${missing[*]}"
"${run[@]}" apt-get update -qq
"${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
