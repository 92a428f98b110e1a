/** Files that are damaged in many places. */
import * as fc from "fast-check";
import { FULL } from "../support/extent.js";

/** Copies with one byte turned. */
export function* turned(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += FULL ? 1 : 3) {
    const damaged = Uint8Array.from(bytes);
    damaged[at] ^= [0xff, 0x01, 0x80, 0x10][at % 4];
    yield damaged;
  }
}

/** Reads files with any four bytes anywhere. */
export async function readDamaged<F>(
  files: readonly F[],
  bytesOf: (file: F) => Uint8Array,
  read: (bytes: Uint8Array, file: F) => Promise<unknown>,
  numRuns: number,
): Promise<void> {
  const word = fc.tuple(fc.constantFrom(...files), fc.nat(), fc.uint8Array({ minLength: 4, maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(word, async ([file, at, four]) => {
      const damaged = Uint8Array.from(bytesOf(file));
      damaged.set(four, at % (damaged.length - 3));
      await read(damaged, file);
    }),
    { numRuns: FULL ? 5000 : numRuns, seed: 13 },
  );
}
