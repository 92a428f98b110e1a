#!/usr/bin/env bash
# Packs the package into build/site and installs it here. What is built already is not built again.
set -euo pipefail
cd "$(dirname "$0")"
types=../dist/index.d.ts # The last file that a build writes.
flags=()
if [ -e $types ] && [ -z "$(find ../src ../assembly ../package.json ../tsup.config.ts -newer $types -print -quit)" ]; then
  flags=(--ignore-scripts)
fi
mkdir -p ../build/site
tarball=$(npm pack .. --silent "${flags[@]}" --pack-destination ../build/site | tail -1)
npm install --no-save --ignore-scripts --no-audit --no-fund "../build/site/$tarball"
