import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import * as core from "../../src/index.js";
import * as threads from "../../src/threads/index.js";
import { runExample } from "../support/examples.js";
import { differences } from "../support/record.js";
import { WORKER } from "../support/worker.js";
import { blocks } from "./blocks.js";

const all = blocks();

const requireBuiltin = createRequire(import.meta.url);
const modules: { readonly [specifier: string]: unknown } = {
  "softmax-wasm": core,
  "softmax-wasm/threads": {
    createPool: (options?: object) => threads.createPool({ worker: WORKER, ...options }),
  },
};

test("there are blocks in the README and in docs/", () => {
  const files = new Set(all.map(({ place }) => place.split(":")[0]));
  expect([...files]).toContain("README.md");
  expect(files.size).toBeGreaterThan(3);
});

describe("in Node", () => {
  test.each(all.filter(({ host }) => host === "node"))("$place", async ({ code }) => {
    const quiet = { log: () => {}, warn: console.warn, error: console.error };
    const scope = {
      require: (specifier: string) => modules[specifier] ?? requireBuiltin(specifier),
      console: quiet,
    };
    expect(differences(await runExample(code, scope))).toEqual([]);
  });
});
