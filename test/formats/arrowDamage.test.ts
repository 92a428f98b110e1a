import * as fc from "fast-check";
import { it } from "vitest";
import { openArrow } from "../../src/formats/arrow.js";
import { FULL } from "../support/extent.js";
import { fileOf, plainBuffers, streamOf } from "../support/files.js";
import { DAMAGED, fixture } from "./arrowFixtures.js";
import { DEFAULTS, survives } from "./tableSupport.js";

/** As a file and, if it is a stream, from a pipe. */
async function readDamaged(bytes: Uint8Array, keep: readonly string[]): Promise<void> {
  const options = { ...DEFAULTS, keep, nulls: "mask" } as const;
  await survives(openArrow(fileOf(bytes, "x.arrow"), options, plainBuffers()));
  if (bytes[0] === 0xff) await survives(openArrow(streamOf(bytes, 4096, "-"), options, plainBuffers()));
}

it.each(DAMAGED)("%s, bytes turned", { timeout: 120_000 }, async (name, keep) => {
  const bytes = fixture(name);
  for (let at = 0; at < bytes.length; at += FULL ? 1 : 3) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= [0xff, 0x01, 0x80, 0x10][at % 4];
    await readDamaged(damaged, keep);
  }
});

// A vector of 2^31 fields or nodes is what apache-arrow would take on trust, and fill memory with.
it.each(DAMAGED)("%s, any number in it large", { timeout: 120_000 }, async (name, keep) => {
  const bytes = fixture(name);
  for (let at = 0; at + 4 <= bytes.length; at += FULL ? 4 : 8) {
    for (const word of [0x7fffffff, 0xffffffff, 0x00ffffff]) {
      const damaged = Uint8Array.from(bytes);
      new DataView(damaged.buffer).setUint32(at, word, true);
      await readDamaged(damaged, keep);
    }
  }
});

it("any four bytes anywhere", { timeout: 120_000 }, async () => {
  const word = fc.tuple(fc.constantFrom(...DAMAGED), fc.nat(), fc.uint8Array({ minLength: 4, maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(word, async ([[name, keep], at, four]) => {
      const damaged = Uint8Array.from(fixture(name));
      damaged.set(four, at % (damaged.length - 3));
      await readDamaged(damaged, keep);
    }),
    { numRuns: FULL ? 5000 : 300, seed: 13 },
  );
});
