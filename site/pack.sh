#!/usr/bin/env bash
# Installs the packed package here: the one at PACKED, or a new one in build/site. What is built already is not built again.
set -euo pipefail
cd "$(dirname "$0")"
types=../dist/index.d.ts # The last file that a build writes.
flags=()
if [ -e $types ] && [ -z "$(find ../src ../assembly ../package.json ../tsup.config.ts -newer $types -print -quit)" ]; then
  flags=(--ignore-scripts)
fi
if [ -z "${PACKED:-}" ]; then
  mkdir -p ../build/site
  PACKED=../build/site/$(npm pack .. --silent "${flags[@]}" --pack-destination ../build/site | tail -1)
fi
npm install --no-save --ignore-scripts --no-audit --no-fund "$PACKED"
