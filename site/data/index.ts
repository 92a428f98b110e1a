/** Writes the files of numbers that the page fetches. */
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { pack } from "../src/shared/arrays.js";
import { book } from "./book.js";
import { digits } from "./digits.js";

const folder = new URL("../../build/site/data/", import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, make] of Object.entries({ digits, book })) {
  const bytes = gzipSync(pack(make()), { level: 9 });
  writeFileSync(new URL(`${name}.bin`, folder), bytes);
  console.log(`${name}.bin  ${(bytes.length / 1024).toFixed(0)} KB`);
}
