import { describe, expect, it } from "vitest";
import { DataError } from "../../src/formats/errors.js";
import { FULL } from "../support/extent.js";
import { fixture } from "./arrowFixtures.js";
import { readDamaged, turned } from "./damage.js";
import { arrowOf, KEPT, pipedArrow, rowsOf, survives } from "./tableSupport.js";

describe("Arrow, damaged", () => {
  /** From a file, and a stream from a pipe too. */
  async function readEach(bytes: Uint8Array, keep: readonly string[]): Promise<void> {
    await survives(arrowOf(bytes, { keep, nulls: "mask" }));
    if (bytes[0] === 0xff) await survives(pipedArrow(bytes, { keep, nulls: "mask" }, 4096));
  }

  const FILES: readonly [string, readonly string[]][] = [
    ["cols.arrow", KEPT],
    ["cols.arrows", KEPT],
    ["cols.lz4.arrow", []],
    ["list.arrow", ["n"]],
    ["view.arrow", ["s"]],
  ];

  it.each(FILES)(
    "%s, cut at every byte: an error, but for a stream cut behind a batch",
    async (name, keep) => {
      const bytes = fixture(name);
      const isStream = name.endsWith("s");
      let whole = 0;
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.slice(0, length);
        try {
          await rowsOf(await arrowOf(cut, { keep, nulls: "mask" }));
          whole++;
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }
      // Behind the schema, the dictionary and the batch.
      expect(whole).toBe(isStream ? 3 : 0);
    },
  );

  it.each(FILES)("%s, bytes turned", { timeout: 120_000 }, async (name, keep) => {
    for (const bytes of turned(fixture(name))) await readEach(bytes, keep);
  });

  // A vector of 2^31 fields or nodes is what apache-arrow would take on trust, and fill memory with.
  it.each(FILES)("%s, any number in it large", { timeout: 120_000 }, async (name, keep) => {
    const bytes = fixture(name);
    for (let at = 0; at + 4 <= bytes.length; at += FULL ? 4 : 8) {
      for (const word of [0x7fffffff, 0xffffffff, 0x00ffffff]) {
        const damaged = Uint8Array.from(bytes);
        new DataView(damaged.buffer).setUint32(at, word, true);
        await readEach(damaged, keep);
      }
    }
  });

  it("any four bytes anywhere", { timeout: 120_000 }, async () => {
    await readDamaged(
      FILES,
      ([name]) => fixture(name),
      (bytes, [, keep]) => readEach(bytes, keep),
      300,
    );
  });
});
