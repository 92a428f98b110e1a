/** A text as numbers of its words, which count from 0 by frequency. */
export interface Book {
  readonly vocabulary: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  readonly tokens: Uint16Array;
  /** Where each word occurs. */
  readonly places: readonly number[][];
  /** The log-probability of each word, whatever came before it. */
  readonly logShares: Float64Array;
}

export function bookOf(vocabulary: readonly string[], tokens: Uint16Array): Book {
  const places = vocabulary.map((): number[] => []);
  for (const [at, token] of tokens.entries()) places[token].push(at);
  const numbers = new Map(vocabulary.map((word, k) => [word, k]));
  const logShares = Float64Array.from(places, ({ length }) => Math.log(length / tokens.length));
  return { vocabulary, numbers, tokens, places, logShares };
}

/**
 * The logits of the word after `context`: log-probabilities of a trigram model of the book. What followed the last two words
 * there is mixed with what followed the last one, and that with all words, by Witten and Bell (1991): after n occurrences of a
 * context, which t different words followed, p(w) = (count(w) + t · p'(w)) / (n + t), where p' is that of the shorter context.
 */
export function logitsAfter(book: Book, context: readonly number[], out: Float32Array): Float32Array {
  const { places, tokens, logShares } = book;
  const levels = [1, 2]
    .filter((length) => length <= context.length)
    .map((length) => followersOf(book, context.slice(-length)))
    .filter(({ n }) => n > 0);
  const probabilityOf = (word: number) =>
    levels.reduce(
      (p, { counts, n }) => ((counts.get(word) ?? 0) + counts.size * p) / (n + counts.size),
      places[word].length / tokens.length,
    );
  // Most words never followed: their probabilities are those of the whole book, times one factor.
  const shift = levels.reduce((sum, { counts, n }) => sum + Math.log(counts.size / (n + counts.size)), 0);
  for (let word = 0; word < out.length; word++) out[word] = logShares[word] + shift;
  for (const { counts } of levels)
    for (const word of counts.keys()) out[word] = Math.log(probabilityOf(word));
  return out;
}

/** What followed a context: `counts` has each word once, and adds up to `n`. */
interface Followers {
  readonly counts: ReadonlyMap<number, number>;
  readonly n: number;
}

function followersOf({ tokens, places }: Book, context: readonly number[]): Followers {
  const counts = new Map<number, number>();
  let n = 0;
  for (const at of places[context[context.length - 1]]) {
    const isSame = context.every((token, k) => tokens[at + 1 - context.length + k] === token);
    if (!isSame || at + 1 === tokens.length) continue;
    counts.set(tokens[at + 1], (counts.get(tokens[at + 1]) ?? 0) + 1);
    n++;
  }
  return { counts, n };
}
