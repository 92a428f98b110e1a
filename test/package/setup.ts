import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { TestProject } from "vitest/node";
import { run } from "./run.js";

declare module "vitest" {
  interface ProvidedContext {
    /** The packed package. */
    tarball: string;
    /** A folder outside of the repository in which nothing but the tarball is installed. */
    consumer: string;
  }
}

/** `PACKED`, if it is given, is the package that has been packed already. */
const { PACKED } = process.env;

export default function setup({ config, provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
  if (PACKED) copyFileSync(PACKED, join(folder, basename(PACKED)));
  else run(config.root, "npm", "pack", "--pack-destination", folder);
  const tarball = join(folder, readdirSync(folder)[0]);

  const consumer = join(folder, "consumer");
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  // Offline: there is nothing to fetch, as there are no dependencies.
  run(consumer, "npm", "install", "--offline", tarball);

  provide("tarball", tarball);
  provide("consumer", consumer);
  return () => rmSync(folder, { recursive: true, force: true });
}
