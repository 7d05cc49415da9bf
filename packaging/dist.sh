#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: packaging/dist.sh [NNFT]   dist/nnft-VERSION-linux-ARCH.tar.xz and dist/nnft_VERSION_ARCH.deb from the tree of packaging/tree.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
packaging/tree.sh "$@"
tree=.build-dist/tree
version=$("$tree/bin/nnft" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)
name=nnft-$version-linux-$(uname -m)
mkdir -p dist
# Equal trees give equal archives.
stamp=@$(git log -1 --format=%ct 2>/dev/null || echo 0)
plain=(--sort=name --owner=0 --group=0 --numeric-owner --mtime="$stamp")
tar "${plain[@]}" --transform "s,^\.,$name," -C "$tree" -cJf "dist/$name.tar.xz" .

root=.build-dist/deb
rm -rf "$root"
install -d "$root/DEBIAN" "$root/usr/lib" "$root/usr/share/doc"
cp -a "$tree/." "$root/usr/"
cat > "$root/usr/share/doc/nnft/copyright" <<'TEXT'
nnft: GPL-3.0-or-later, Copyright the nnft authors; see LICENSE.
Libraries in /usr/lib/nnft come from Debian unchanged but for stripping; LIBRARIES names the packages whose sources belong to them,
and licenses/ has the terms of each, of the Swift runtime and of the Swift packages that are linked in.
TEXT
architecture=$(dpkg --print-architecture)
cat > "$root/DEBIAN/control" <<TEXT
Package: nnft
Version: $version
Architecture: $architecture
Maintainer: The nnft authors <nnft@localhost>
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Depends: libc6 (>= $(cat "$tree/share/doc/nnft/GLIBC"))
Recommends: gnuplot-nox
Section: science
Priority: optional
Description: numerical laboratory of neural-network field theory
 An ensemble of random neural networks is a statistical field theory. nnft takes a
 theory file, draws networks, lays their fields on a lattice and measures
 correlators, each with an error bar and, where it is known, its exact value.
TEXT
SOURCE_DATE_EPOCH=${stamp#@} dpkg-deb --root-owner-group -Zxz --build "$root" "dist/nnft_${version}_$architecture.deb" >/dev/null
ls -l dist | awk 'NR > 1 { printf "dist/%s: %.1f MB\n", $9, $5/1e6 }'
