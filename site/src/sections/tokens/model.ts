/** A text as numbers of its words, which count from 0 by frequency. */
export interface Book {
  readonly vocabulary: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly tokens: Uint16Array;
  /** How often each word occurs. */
  readonly counts: Float64Array;
}

export function bookOf(vocabulary: readonly string[], tokens: Uint16Array): Book {
  const counts = new Float64Array(vocabulary.length);
  for (const token of tokens) counts[token]++;
  return { vocabulary, numbers: new Map(vocabulary.map((word, k) => [word, k])), tokens, counts };
}

/**
 * The logits of the word after `context`: log-probabilities of a trigram model of the book. What followed the last two words
 * there is mixed with what followed the last one, and that with all words, by Witten and Bell (1991): after n occurrences of a
 * context, which t different words followed, p(w) = (count(w) + t · p'(w)) / (n + t), where p' is that of the shorter context.
 */
export function logitsAfter(
  { tokens, counts }: Book,
  context: readonly number[],
  out: Float32Array,
): Float32Array {
  let p: Float64Array = counts.map((count) => count / tokens.length);
  for (let length = 1; length <= Math.min(2, context.length); length++) {
    p = mixed(p, followers(tokens, context.slice(-length), p.length));
  }
  for (let w = 0; w < p.length; w++) out[w] = Math.log(p[w]);
  return out;
}

function mixed(shorter: Float64Array, counts: Float64Array): Float64Array {
  let n = 0;
  let t = 0;
  for (const count of counts) {
    n += count;
    if (count > 0) t++;
  }
  return n === 0 ? shorter : shorter.map((p, w) => (counts[w] + t * p) / (n + t));
}

/** How often each word follows the context. */
function followers(tokens: Uint16Array, context: readonly number[], words: number): Float64Array {
  const counts = new Float64Array(words);
  const last = context[context.length - 1];
  for (let at = tokens.indexOf(last); at >= 0; at = tokens.indexOf(last, at + 1)) {
    const isSame = context.every((token, k) => tokens[at - context.length + 1 + k] === token);
    if (isSame && at + 1 < tokens.length) counts[tokens[at + 1]]++;
  }
  return counts;
}
