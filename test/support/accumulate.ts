import fc from "fast-check";
import type { LogSumExp } from "../../src/index.js";
import { type Library, libraries } from "./backends.js";
import { laneReference } from "./reference.js";

export type Chunk = Parameters<LogSumExp["push"]>[0];

export function accumulate(library: Library, chunks: Iterable<Chunk>, temperature?: number): LogSumExp {
  const accumulator = new library.LogSumExp({ temperature });
  for (const chunk of chunks) accumulator.push(chunk);
  return accumulator;
}

/** Clustered, spread out, with ties, with a maximum of 0 or near it, cancelling, and any finite ones at all. */
export const elements = ((): fc.Arbitrary<number[]> => {
  const array = (element: fc.Arbitrary<number>) =>
    fc.array(element, { minLength: 1, maxLength: 300, size: "max" });
  const value = (min: number, max: number) => array(fc.double({ min, max, noNaN: true }));
  return fc.oneof(
    value(-8, 8),
    value(-800, 800),
    array(fc.integer({ min: -30, max: 30 })),
    value(-40, 0).map((x) => [...x, 0]),
    value(-4, 0).map((x) => [...x.map((element) => element - Math.log(x.length)), 0]),
    value(-8, -4).map((x) => [...x, 1e-4]),
    value(-2, 2).map((x) => {
      const { high } = laneReference(x).logSumExp;
      return x.map((element) => element - high);
    }),
    value(-1e308, 1e308),
  );
})();

export const temperatures = fc.constantFrom(1, 1, 1, 0.7, 3, 1e-3, 1e30);

/** Pieces of x, of one element and more, as numbers, lists and arrays. */
export function pieces(x: readonly number[], next: () => number): Chunk[] {
  const longest = 1 + next() * x.length;
  const chunks: Chunk[] = [];
  for (let from = 0; from < x.length; ) {
    const piece = x.slice(from, from + 1 + Math.floor(next() * longest));
    from += piece.length;
    const kind = Math.floor(next() * 3);
    chunks.push(kind === 0 ? piece : piece.length === 1 && kind === 1 ? piece[0] : Float64Array.from(piece));
  }
  return chunks;
}

export function shuffle<T>(list: readonly T[], next: () => number): T[] {
  return list
    .map((item) => ({ item, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** The parts on as many machines of any backend, merged in a tree of any shape. */
export function scattered(chunks: readonly Chunk[], temperature: number, next: () => number): LogSumExp {
  const some = () => libraries[Math.floor(next() * libraries.length)];
  const machines = Array.from({ length: 1 + Math.floor(next() * 8) }, () =>
    accumulate(some(), [], temperature),
  );
  for (const chunk of chunks) machines[Math.floor(next() * machines.length)].push(chunk);
  while (machines.length > 1) {
    const [other] = machines.splice(Math.floor(next() * machines.length), 1);
    const sent = some().LogSumExp.from(JSON.parse(JSON.stringify(other)));
    machines[Math.floor(next() * machines.length)].merge(sent);
  }
  return machines[0];
}
