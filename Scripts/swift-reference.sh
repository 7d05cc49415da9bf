#!/usr/bin/env bash
# The API reference of the Swift library by DocC, from the modules of a finished build: dist/reference-swift.doccarchive.
# A doc comment that names what is not there is an error. Usage: Scripts/swift-reference.sh [folder of the build, default .build/release]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-.build/release}
docc=$(dirname "$(readlink -f "$(command -v swift)")")/docc
[ -x "$docc" ] || { echo "no docc beside swift: the Swift reference is not built"; exit 0; }
graphs=$(mktemp -d); trap 'rm -rf "$graphs"' EXIT

flags=()
for map in Sources/*/module.modulemap "$build"/C*.build/module.modulemap; do flags+=(-Xcc "-fmodule-map-file=$(readlink -f "$map")"); done
for package in hdf5 openblas; do
  for flag in $(pkg-config --cflags-only-I "$package" 2>/dev/null || true); do flags+=(-Xcc "$flag"); done
done

triple=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)",/\1/p' | head -1)
for module in "$build"/Modules/*.swiftmodule; do
  name=$(basename "$module" .swiftmodule)
  # The program and packages from elsewhere are no part of it.
  { [ -d "Sources/$name" ] && [ "$name" != nnft ]; } || [ "$name" = Validation ] || [ "$name" = TheoryLibrary ] || continue
  swift symbolgraph-extract -module-name "$name" -I "$build/Modules" "${flags[@]}" -target "$triple" \
    -output-dir "$graphs" -minimum-access-level public -skip-inherited-docs
done
mkdir -p dist
rm -rf dist/reference-swift.doccarchive
"$docc" convert --additional-symbol-graph-dir "$graphs" --fallback-display-name nnft --fallback-bundle-identifier nnft \
  --warnings-as-errors --output-dir dist/reference-swift.doccarchive
