import { readFileSync } from "node:fs";

/** The version of the package: its package.json stands above the folder of the command. */
export function version(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
