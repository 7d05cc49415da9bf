#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sees that the Swift toolchain runs and that the libraries nnft builds on are there, from Debian packages or wherever pkg-config finds them (modules,
# conda, prefixes of one's own); installs missing Debian packages. Says what it does and needs no answers.
set -euo pipefail

say() { echo "$*" >&2; }

# The toolchain first: nothing is installed for one that cannot build.
if ! swift=$(command -v swift); then
  say "nnft needs a Swift toolchain, 6.1 or newer, on the PATH: https://www.swift.org/install/linux/"
  exit 1
fi
if ! version=$(swift --version 2>&1); then
  bin=$(dirname "$(readlink -f "$swift")")
  lacks=$(ldd "$bin"/swift-driver "$bin"/swift-frontend "$bin"/swift-build "$bin"/swift-package 2>/dev/null | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' ' || true)
  if [ -n "$lacks" ]; then
    say "The Swift toolchain $swift does not run: libraries it needs itself are missing: ${lacks% }"
    if command -v apt-get >/dev/null 2>&1; then
      debian=$(for name in $lacks; do
        case $name in
          libxml2.so.2) echo libxml2 ;; libncurses.so.6) echo libncurses6 ;; libtinfo.so.6) echo libtinfo6 ;; libedit.so.2) echo libedit2 ;;
          libsqlite3.so.0) echo libsqlite3-0 ;; libcurl.so.4) echo libcurl4 ;; libz3.so.4) echo libz3-4 ;; libstdc++.so.6) echo libstdc++6 ;;
          libuuid.so.1) echo libuuid1 ;; libz.so.1) echo zlib1g ;; libpython3.*) echo "lib${name:3:10}" | sed 's/\.so.*//' ;; *) echo "libc6" ;;
        esac
      done | sort -u | tr '\n' ' ')
      say "Run this line, then make again:"
      say "  apt-get install -y --no-install-recommends ${debian% }"
    else
      say "Install them by your own package manager, then run make again."
    fi
  else
    say "The Swift toolchain $swift does not run. It says: $(head -1 <<< "$version")"
  fi
  exit 1
fi
number=$(grep -oE 'Swift version [0-9]+\.[0-9]+' <<< "$version" | grep -oE '[0-9]+\.[0-9]+' | head -1)
if [ -n "$number" ] && [ "$(printf '%s\n' 6.1 "$number" | sort -V | head -1)" != 6.1 ]; then
  say "nnft needs Swift 6.1 or newer; $swift is $number: https://www.swift.org/install/linux/"
  exit 1
fi

# Debian package, and the name by which pkg-config knows what is in it.
packages=(build-essential: pkg-config: libfftw3-dev:fftw3,fftw3f libopenblas-dev:openblas libgsl-dev:gsl libhdf5-dev:hdf5 zlib1g-dev:zlib)
# For runs over several machines.
if [ "${1:-}" = mpi ]; then packages+=(libopenmpi-dev:ompi-c openmpi-bin:); fi
# Only nnft plot needs it: without the right to install it everything else still builds and passes its tests.
optional=gnuplot-nox

is_installed() { [ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null || true)" = "install ok installed" ]; }
is_known() { # names of pkg-config, or the programs of a package that has none
  case $1 in
    build-essential) command -v cc >/dev/null 2>&1 && command -v c++ >/dev/null 2>&1 ;;
    openmpi-bin) command -v mpirun >/dev/null 2>&1 ;;
    pkg-config) command -v pkg-config >/dev/null 2>&1 ;;
    *) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists ${2//,/ } ;;
  esac
}
missing=()
for entry in "${packages[@]}"; do
  package=${entry%%:*}
  is_installed "$package" || is_known "$package" "${entry#*:}" || missing+=("$package")
done

if ! command -v dpkg-query >/dev/null 2>&1; then
  [ ${#missing[@]} -eq 0 ] && exit 0
  say "Not found: ${missing[*]} (their names on Debian). Install them with their headers by your own package manager, or load the modules that have them, so that pkg-config finds fftw3, fftw3f, openblas, gsl, hdf5 and zlib; then run make again."
  exit 1
fi
wanted=("${missing[@]}")
if ! command -v gnuplot >/dev/null 2>&1; then wanted+=("$optional"); fi
[ ${#wanted[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
  run=()
elif sudo -n true 2>/dev/null; then
  run=(sudo -n)
elif [ ${#missing[@]} -eq 0 ]; then
  say "For figures, install: sudo apt-get install -y --no-install-recommends ${wanted[*]}"
  exit 0
else
  say "Missing system packages and no right to install them. Run this line, then make again (or load modules that pkg-config finds):"
  say "  sudo apt-get install -y --no-install-recommends ${wanted[*]}"
  exit 1
fi
install() { "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; }
echo "Installing system packages: ${wanted[*]}"
if [ ${#missing[@]} -eq 0 ]; then
  { "${run[@]}" apt-get update -qq && install "${wanted[@]}"; } || say "gnuplot could not be installed; nnft plot will ask for it"
  exit 0
fi
"${run[@]}" apt-get update -qq
install "${missing[@]}"
[ ${#wanted[@]} -eq ${#missing[@]} ] || install "$optional" || say "gnuplot could not be installed; nnft plot will ask for it"
