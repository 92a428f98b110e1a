import * as fc from "fast-check";
import { it } from "vitest";
import { openParquet } from "../../src/formats/parquet.js";
import { FULL } from "../support/extent.js";
import { fileOf, plainBuffers } from "../support/files.js";
import { DAMAGED, fixture } from "./parquetFixtures.js";
import { DEFAULTS, survives } from "./tableSupport.js";

const readDamaged = (bytes: Uint8Array, keep: readonly string[]) =>
  survives(openParquet(fileOf(bytes, "x.parquet"), { ...DEFAULTS, keep, nulls: "mask" }, plainBuffers()));

it.each(DAMAGED)("%s, bytes turned", { timeout: 120_000 }, async (name, keep) => {
  const bytes = fixture(name);
  for (let at = 0; at < bytes.length; at += FULL ? 1 : 3) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= [0xff, 0x01, 0x80, 0x10][at % 4];
    await readDamaged(damaged, keep);
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
    { numRuns: FULL ? 5000 : 500, seed: 13 },
  );
});
