import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The test files whose imports lead to a file: its path from the root, as theirs are. */
export function testsThatImport(file: string): string[] {
  const sources = readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("test", name));
  const imports = new Map(
    sources.map((source) => {
      const specifiers = readFileSync(source, "utf8").matchAll(/(?:from |import\()"(\.[^"]*)\.js"/g);
      return [source, [...specifiers].map(([, path]) => `${join(dirname(source), path)}.ts`)];
    }),
  );
  const found = new Set([file]);
  // A set also visits what is added meanwhile.
  for (const each of found) {
    for (const [source, imported] of imports) if (imported.includes(each)) found.add(source);
  }
  return [...found].filter((source) => source.endsWith(".test.ts"));
}
