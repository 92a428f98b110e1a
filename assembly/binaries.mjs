import { createHash } from "node:crypto";

/** What a reader of dist/ finds above the text. test/package/contents.test.ts runs its command. */
const COMMENT = `The kernels of softmax-wasm: simd.wasm, relaxed.wasm and probe.wasm, which lie beside this file, in hexadecimal.
"relaxed" is written as its difference from simd, "steps;literals". A step is three integers of four bytes, the lowest first:
take so many of the literals, and then, from this place in simd on, so many of its bytes. This command, run in the folder of
this file, FILE being its name, prints the sha256 of each, as it is here and as it is in the .wasm file:

node -e 'const bytes = {}, { readFileSync } = require("fs"), { createHash } = require("crypto");
for (const [, name, text] of readFileSync("FILE", "utf8").matchAll(/^ +(simd|relaxed|probe): "(.*)"/gm)) {
  const [hex, literals] = text.split(";").map((part) => Buffer.from(part, "hex")), parts = literals ? [] : [hex];
  for (let k = 0, at = 0; literals && k < hex.length; k += 12) {
    const [count, from, copied] = [0, 4, 8].map((place) => hex.readUInt32LE(k + place));
    parts.push(literals.subarray(at, (at += count)), bytes.simd.subarray(from, from + copied)); }
  bytes[name] = Buffer.concat(parts);
  for (const each of [bytes[name], readFileSync(name + ".wasm")])
    console.log(name, createHash("sha256").update(each).digest("hex")); }'
`;

/** Fewer and longer steps are read faster: 55 in place of 88 at 24, for 0.2 KB more of gzipped text (measured). */
const SHORTEST_COPY = 48;

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
  const steps = [];
  const literals = [];
  let taken = 0;
  for (let k = 0; k < bytes.length; ) {
    const copies = (places.get(startAt(bytes, k)) ?? []).map((place) => {
      let count = SHORTEST_COPY;
      while (k + count < bytes.length && base[place + count] === bytes[k + count]) count++;
      return { place, count };
    });
    const longest = copies.sort((a, b) => b.count - a.count)[0];
    if (longest === undefined) {
      literals.push(bytes[k]);
      k++;
    } else {
      steps.push(literals.length - taken, longest.place, longest.count);
      taken = literals.length;
      k += longest.count;
    }
  }
  steps.push(literals.length - taken, 0, 0);
  const integers = Buffer.alloc(4 * steps.length);
  for (const [k, integer] of steps.entries()) integers.writeUInt32LE(integer, 4 * k);
  return `${integers.toString("hex")};${Buffer.from(literals).toString("hex")}`;
}
