import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { argmax } from "softmax-wasm";
import { expect, test } from "vitest";
import { book } from "../data/book.js";
import { digits } from "../data/digits.js";
import { type Arrays, pack, unpack } from "../src/shared/arrays.js";

/** What the page fetches. */
function built(name: string): Arrays {
  const bytes = gunzipSync(readFileSync(new URL(`../../build/site/data/${name}.bin`, import.meta.url)));
  return unpack(Uint8Array.from(bytes).buffer);
}

test("packed arrays are what they were, whatever their lengths", () => {
  const arrays = {
    a: Int8Array.of(-1, 2, 3),
    b: Float32Array.of(0.5),
    c: new Uint16Array(0),
    d: Uint8Array.of(9),
  };
  expect(unpack(pack(arrays).buffer)).toEqual(arrays);
});

test("training again gives the same network, which is right in 94 % of digits it has not seen", () => {
  const arrays = digits();
  expect(arrays).toEqual(built("digits"));
  const { testLogits, testScales, testLabels } = arrays;
  const shape = [testLabels.length, 10];
  const guesses = argmax(testLogits as Int8Array, { shape, scale: testScales as Float32Array });
  const right = guesses.filter((guess, k) => guess === testLabels[k]).length;
  expect(right / testLabels.length).toBeCloseTo(0.94, 3);
});

test("the book is all of its words, the most frequent first", () => {
  const { vocabulary, tokens } = book();
  expect({ vocabulary, tokens }).toEqual(built("book"));
  const words = new TextDecoder().decode(vocabulary).split("\n");
  expect(Array.from(tokens.subarray(0, 5), (token) => words[token]).join(" ")).toBe("Call me Ishmael . Some");
  expect(words.length).toBe(19_826);
  expect(words.slice(0, 3)).toEqual([",", "the", "."]);
});
