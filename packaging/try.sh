#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: packaging/try.sh ROOT   Tries what lies in dist/ inside a bare Debian root without Swift, FFTW, HDF5 or OpenBLAS:
#   debootstrap --variant=minbase bookworm ROOT
# as root. The wheel is tried if the root has Python with pip and venv (debootstrap --include=python3,python3-venv). Each in a copy, so that none helps another.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$(cd "$1" && pwd)
for path in usr/bin/swift usr/lib/x86_64-linux-gnu/libfftw3.so.3 usr/lib/x86_64-linux-gnu/libgsl.so.27; do
  [ ! -e "$root/$path" ] || { echo "$root/$path: not a bare root" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'umount -q "$work"/*/dev "$work"/*/proc 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT

# A copy of the root for one artifact, and how long commands take in it.
enter() { # name file
  cp -a "$root" "$work/$1"
  mkdir -p "$work/$1/try"
  # The dynamic linker learns from it where a program lies.
  mount -t proc proc "$work/$1/proc"
  cp "$2" "$work/$1/try/"
}
inside() { # name command
  local start; start=$(date +%s.%N)
  chroot "$work/$1" /bin/sh -c "cd /try && export HOME=/root LC_ALL=C.UTF-8 && $2" || { echo "FAILED in a bare root: $1: $2" >&2; exit 1; }
  printf '    %.1f s: %s\n' "$(awk "BEGIN { print $(date +%s.%N) - $start }")" "$2"
}
run='nnft correlate cos-net --quiet -o run.h5 && nnft export run.h5 -o run.tsv && head -3 run.tsv && nnft validate universality --theory cos-net --set architecture.width=1 --quiet | tail -1'

archive=$(ls dist/nnft-*-linux-*.tar.xz)
echo "== $archive"
enter tarball "$archive"
tar -C "$work/tarball/try" -xJf "$archive"
inside tarball "PATH=\$PATH:\$(echo /try/nnft-*/bin) && $run"
# It can be moved.
inside tarball "mv /try/nnft-*/ /srv/elsewhere && /srv/elsewhere/bin/nnft --version"

package=$(ls dist/nnft_*.deb)
echo "== $package"
enter deb "$package"
inside deb "dpkg -i /try/*.deb >/dev/null"
inside deb "$run"
inside deb "dpkg -r nnft >/dev/null && ! command -v nnft && [ ! -e /usr/lib/nnft ]"

if ls dist/*.whl >/dev/null 2>&1 && [ -x "$root/usr/bin/python3" ]; then
  wheel=$(ls dist/*.whl)
  echo "== $wheel"
  enter wheel "$wheel"
  # What the wheel needs from the index is downloaded here, where there may be a network.
  "${PYTHON:-python3}" -m pip download --quiet --only-binary :all: --python-version "$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')" \
    --dest "$work/wheel/try/index" "$wheel" pandas
  inside wheel "python3 -m venv /try/env && /try/env/bin/pip install --quiet --no-index --find-links /try/index nnft pandas"
  cat > "$work/wheel/try/quick.py" <<'TEXT'
import nnft
run = nnft.correlate("cos-net", width=100, draws=2e4)
print(run["two-point"].frame.head(3))
TEXT
  inside wheel "/try/env/bin/python quick.py"
  inside wheel "PATH=/try/env/bin:\$PATH && $run"
fi
echo "all tried"
