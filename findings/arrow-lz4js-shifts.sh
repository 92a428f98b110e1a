#!/usr/bin/env bash
# Surprise: Polars' LZ4 frames carry a checksum behind each block; lz4js looks for it before the block, skips four bytes
#   of data and decodes the rest without an error. A column of float32 is full of numbers of the order of 1e-41.
# Met by: whoever gives apache-arrow or flechette a codec for compressed Arrow files.
# The guess: the right floats, or an error.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm init -y >/dev/null
# npm leaves the binary package of Polars out on Node 20, where it runs as well, unless it is named.
binary=
if [ "$(uname -sm)" = "Linux x86_64" ]; then binary=nodejs-polars-linux-x64-gnu@0.26.1; fi
npm install --silent --no-audit --no-fund --ignore-scripts --prefer-offline \
  nodejs-polars@0.26.1 $binary apache-arrow@21.2.0 lz4js@0.2.0
node -v
npm ls --depth 0 | tail -n +2
cat >see.mjs <<'EOF'
import assert from "node:assert/strict";
import { CompressionType, compressionRegistry, tableFromIPC } from "apache-arrow";
import lz4 from "lz4js";
import pl from "nodejs-polars";

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: (bytes) => lz4.decompress(bytes) });
const x = Array.from({ length: 5000 }, (_, i) => (i % 7) / 4);
const frame = pl.DataFrame({ x }).select(pl.col("x").cast(pl.Float32));
const read = (bytes) => [...tableFromIPC(bytes).getChild("x").toArray()];
const plain = read(frame.writeIPC({ compression: "uncompressed" }));
const shifted = read(frame.writeIPC({ compression: "lz4" }));
console.log("uncompressed", plain.slice(0, 4), "\nlz4         ", shifted.slice(0, 4));
assert.deepEqual(plain, x);
assert.equal(shifted.length, x.length);
assert.ok(shifted.slice(0, 100).every((value) => Math.abs(value) < 1e-40));
EOF
node see.mjs
