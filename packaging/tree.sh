#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: packaging/tree.sh [NNFT]   Lays out .build-dist/tree, which can be moved anywhere: bin/nnft (default .build/release/nnft, which make build links
# with the Swift runtime inside) finds the shared libraries it needs in lib/nnft beside it. It needs no toolchain, only a C library as new as this machine's.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-.build/release/nnft}
scratch=.build-dist
tree=$scratch/tree
if ldd "$binary" | grep -q 'libswift'; then
  echo "$binary needs the Swift runtime as a shared library; this toolchain has no archives of it (swift_static), so nothing movable can be made" >&2
  exit 1
fi
# The old kind of path, because it holds for the libraries of libraries too.
if ! readelf -d "$binary" | grep -q 'RPATH.*ORIGIN/../lib/nnft'; then
  echo "$binary does not look for libraries beside itself; build it with make build" >&2
  exit 1
fi

rm -rf "$tree"
install -d "$tree/bin" "$tree/lib/nnft" "$tree/share/doc/nnft/licenses" "$tree/share/nnft/theories" "$tree/share/man/man1" \
  "$tree/share/bash-completion/completions" "$tree/share/zsh/site-functions" "$tree/share/fish/vendor_completions.d"
install -m 755 "$binary" "$tree/bin/nnft"
strip "$tree/bin/nnft"

# Every library but those of the C library itself, which belongs to the machine.
system='^(linux-vdso|ld-linux.*|libc|libm|libdl|libpthread|librt|libresolv|libutil)\.so'
ldd "$binary" | awk '$3 ~ /^\// { print $1, $3 }' | while read -r name path; do
  [[ $name =~ $system ]] && continue
  install -m 644 "$(readlink -f "$path")" "$tree/lib/nnft/$name"
  strip --strip-unneeded "$tree/lib/nnft/$name"
  # Who made it, and on what terms: Debian keeps both.
  package=$(dpkg-query -S "$(readlink -f "$path")" 2>/dev/null | head -1 | cut -d: -f1 || true)
  [ -z "$package" ] && package=$(dpkg-query -S "$path" 2>/dev/null | head -1 | cut -d: -f1 || true)
  if [ -n "$package" ] && [ -r "/usr/share/doc/$package/copyright" ]; then
    cp -L "/usr/share/doc/$package/copyright" "$tree/share/doc/nnft/licenses/$package"
    echo "$name: $package $(dpkg-query -W -f='${Version}' "$package" | head -1)" >> "$tree/share/doc/nnft/LIBRARIES"
  else
    echo "$name: $path" >> "$tree/share/doc/nnft/LIBRARIES"
  fi
done
if swift=$(command -v swift) && license=$(dirname "$(readlink -f "$swift")")/../share/swift/LICENSE.txt && [ -r "$license" ]; then
  cp "$license" "$tree/share/doc/nnft/licenses/swift"
fi
for package in .build/checkouts/*/; do
  for license in "$package"LICENSE*; do [ -r "$license" ] && cp "$license" "$tree/share/doc/nnft/licenses/$(basename "$package")"; done
done
cp LICENSE README.md CHANGELOG.md CITATION.cff "$tree/share/doc/nnft/"
cp Theories/*.toml "$tree/share/nnft/theories/"

nnft=$tree/bin/nnft
"$nnft" --generate-completion-script bash > "$tree/share/bash-completion/completions/nnft"
"$nnft" --generate-completion-script zsh > "$tree/share/zsh/site-functions/_nnft"
"$nnft" --generate-completion-script fish > "$tree/share/fish/vendor_completions.d/nnft.fish"
if packaging/manual "$nnft" > "$tree/share/man/man1/nnft.1"; then gzip -9n "$tree/share/man/man1/nnft.1"; fi

# The newest symbol version of the C library that anything here asks for.
find "$tree/bin" "$tree/lib" -type f -exec objdump -T {} + 2>/dev/null | grep -oE 'GLIBC_2\.[0-9]+' | sort -uV | tail -1 | sed 's/GLIBC_//' \
  > "$tree/share/doc/nnft/GLIBC"
echo "$tree: $(du -sh "$tree" | cut -f1), needs glibc $(cat "$tree/share/doc/nnft/GLIBC")"
