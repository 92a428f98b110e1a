import url from "../../../../build/site/data/book.bin?url";
import { fetchArrays } from "../../shared/arrays.js";
import { type Book, bookOf } from "./model.js";

export async function fetchBook(): Promise<Book> {
  const { vocabulary, tokens } = await fetchArrays(url);
  return bookOf(new TextDecoder().decode(vocabulary).split("\n"), tokens as Uint16Array);
}
