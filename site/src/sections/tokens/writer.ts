import { type FilterOptions, sampler } from "softmax-wasm";
import { type Book, logitsAfter } from "./model.js";
import { tokensOf } from "./words.js";

/** The options of `candidates` and `sampler` that can be set. */
export type Filters = Required<Pick<FilterOptions, "temperature" | "topK" | "topP" | "minP">>;

/** The words of the prompt; those that the book does not have are left out, and named. */
export function readPrompt({ numbers }: Book, prompt: string): { tokens: number[]; unknown: string[] } {
  const words = tokensOf(prompt);
  return {
    tokens: words.flatMap((word) => numbers.get(word) ?? []),
    unknown: words.filter((word) => !numbers.has(word)),
  };
}

/** `length` words that go on from `context`, drawn one after another. The same seed gives the same words. */
export function write(
  book: Book,
  context: readonly number[],
  length: number,
  filters: Filters,
  seed: number,
): number[] {
  const drawn = sampler({ ...filters, seed });
  const logits = new Float32Array(book.vocabulary.length);
  const text = [...context];
  for (let k = 0; k < length; k++) text.push(drawn.next(logitsAfter(book, text, logits)));
  return text.slice(context.length);
}
