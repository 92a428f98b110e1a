import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { describe, expect, inject, test } from "vitest";
import { type Block, blocks } from "../docs/blocks.js";
import { chromiumPath, visit } from "./page.js";
import { DOCUMENTED, reporting } from "./reporting.js";

const consumer = inject("consumer");
const all = blocks();

describe.skipIf(!existsSync(chromiumPath))("Chromium", () => {
  const sections = new Map<string, Block[]>();
  for (const block of all.filter(({ host }) => host === "browser")) {
    sections.set(block.section, [...(sections.get(block.section) ?? []), block]);
  }

  test.each([...sections])("%s", async (_, files) => {
    const folder = mkdtempSync(join(consumer, "docs-"));
    const dist = join(folder, "dist");
    mkdirSync(dist);
    const entryPoints = files.map(({ place, code }) => {
      const name = /^\/\/ (\w+)\.js\n/.exec(code)?.[1];
      if (name === undefined) throw new Error(`${place}: the first line has to be the name of the file`);
      const text = name === "main" ? reporting(code, "document.body.append") : code;
      writeFileSync(join(folder, `${name}.ts`), text);
      return join(folder, `${name}.ts`);
    });
    buildSync({ entryPoints, bundle: true, format: "esm", outdir: dist });
    writeFileSync(join(dist, "index.html"), '<body><script type="module" src="/main.js"></script>');
    expect(await visit(dist, {})).toMatch(DOCUMENTED);
  });
});
