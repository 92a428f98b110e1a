/** Words, with their apostrophes and hyphens, and the punctuation that ends a clause; quotation marks are left out. */
const TOKEN = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*|[.,;:!?—]/gu;
const CLOSING = /^[.,;:!?]$/;

export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** What stands between a word and the one before it. */
export function gap(before: string | undefined, word: string): string {
  return before === undefined || CLOSING.test(word) || word === "—" || before === "—" ? "" : " ";
}
