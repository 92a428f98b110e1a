import { createHash } from "node:crypto";

/** What a reader of dist/ finds above the text. test/package/contents.test.ts runs its command. */
const COMMENT = `The kernels of softmax-wasm: simd.wasm, relaxed.wasm and probe.wasm, which lie beside this file, in hexadecimal.
"relaxed" is written as its difference from simd, in pieces "hex,skip,count" with ";" between them: these bytes, and then,
after skipping some of simd, the next "count" bytes of it. This command, run in the folder of this file, FILE being its
name, prints the sha256 of each, as it is here and as it is in the .wasm file:

node -e 'const bytes = {}, { readFileSync } = require("fs"), { createHash } = require("crypto");
for (const [, name, text] of readFileSync("FILE", "utf8").matchAll(/^ +(simd|relaxed|probe): "(.*)"/gm)) {
  const { simd = Buffer.of() } = bytes; let at = 0;
  bytes[name] = Buffer.concat(text.split(";").map((piece) => piece.split(",")).flatMap(([hex, skip = 0, count = 0]) =>
    [Buffer.from(hex, "hex"), simd.subarray((at += +skip), (at += +count))]));
  for (const each of [bytes[name], readFileSync(name + ".wasm")])
    console.log(name, createHash("sha256").update(each).digest("hex")); }'
`;

/** Fewer and longer pieces are read faster: 72 in place of 187 at 10, for 0.9 % more of gzipped text (measured). */
const SHORTEST_COPY = 24;

/**
 * A TypeScript module of the binaries as hexadecimal text, which engines decode by native code: a loop over characters takes
 * 3 to 9 ms in a process that has compiled nothing yet. Base64 would take a quarter more when it is gzipped, as compressors
 * look for whole bytes.
 */
export function binariesModule(simd, relaxed, probe) {
  const sums = Object.entries({ simd, relaxed, probe }).map(
    ([name, bytes]) => `${name.padEnd(7)}  ${createHash("sha256").update(bytes).digest("hex")}`,
  );
  return `export const binaries: { readonly [name in "simd" | "relaxed" | "probe"]: string } = /*
${COMMENT}
${sums.join("\n")}
*/ {
  simd: "${simd.toString("hex")}",
  relaxed: "${differenceFrom(simd, relaxed)}",
  probe: "${probe.toString("hex")}",
};
`;
}

/** The difference of `bytes` from `base`, as `patched` in src/backend/wasm/modules.ts reads it. */
function differenceFrom(base, bytes) {
  const startAt = (data, k) => data.toString("latin1", k, k + SHORTEST_COPY);
  const places = new Map();
  for (let k = 0; k + SHORTEST_COPY <= base.length; k++) {
    const start = startAt(base, k);
    if (!places.has(start)) places.set(start, []);
    places.get(start).push(k);
  }
  const pieces = [];
  let literal = "";
  let end = 0; // of the last copy, in base
  for (let k = 0; k < bytes.length; ) {
    const copies = (places.get(startAt(bytes, k)) ?? []).map((place) => {
      let count = SHORTEST_COPY;
      while (k + count < bytes.length && base[place + count] === bytes[k + count]) count++;
      return { place, count };
    });
    const longest = copies.sort(
      (a, b) => b.count - a.count || Math.abs(a.place - end) - Math.abs(b.place - end),
    )[0];
    if (longest === undefined) {
      literal += bytes.toString("hex", k, k + 1);
      k++;
    } else {
      pieces.push([literal, longest.place - end, longest.count].join());
      literal = "";
      end = longest.place + longest.count;
      k += longest.count;
    }
  }
  return [...pieces, literal].join(";");
}
