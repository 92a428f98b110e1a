import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Block, blocks } from "../docs/blocks.js";
import { withRecords } from "../support/examples.js";
import { chromiumPath, visit } from "./page.js";
import { run } from "./run.js";

const tarball = inject("tarball");
const consumer = inject("consumer");
const all = blocks();

/** Of packages that bring binaries for machines with them, which nothing here runs: a Tensor needs none of them. */
const INSTEAD = {
  "onnxruntime-node": "npm:onnxruntime-common@1.30.0",
  "onnxruntime-web": "npm:onnxruntime-common@1.30.0",
  sharp: "npm:tslib@2.8.1",
};

/** A module that runs the block and then calls `report` with how many of its results are as documented, or which are not. */
function reporting(code: string, report: string): string {
  const record = fileURLToPath(new URL("../support/record.ts", import.meta.url));
  return `
    import { createRecorder, differences } from ${JSON.stringify(record)};
    const { results, recordResult, about } = createRecorder();
    ${withRecords(code)}
    ${report}(differences(results).join("\\n") || results.length + " as documented");`;
}

const DOCUMENTED = /^[1-9]\d* as documented$/;

const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

// The blocks of docs/ that need other packages: type-checked beside their types, and run beside the packed package.
describe("beside other packages", () => {
  const modules = all.filter(({ host }) => host === "npm");
  const nameOf = ({ place }: Block) => place.replaceAll(/\W/g, "-");
  const folder = mkdtempSync(join(dirname(tarball), "docs-"));

  beforeAll(() => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", overrides: INSTEAD }));
    const packages = new Set(modules.flatMap(({ packages }) => packages));
    run(folder, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", tarball, ...packages);
  }, 180_000);

  test("strict TypeScript", () => {
    for (const block of modules) writeFileSync(join(folder, `${nameOf(block)}.mts`), block.code);
    const compilerOptions = {
      strict: true,
      target: "es2022",
      lib: ["es2022", "dom", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(dirname(tsc), "../../@types")],
      skipLibCheck: true,
      noEmit: true,
    };
    const project = { compilerOptions, include: ["*.mts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
    expect(run(folder, process.execPath, tsc, "--project", ".")).toBe("");
  });

  test.each(modules)("$place", (block) => {
    const contents = reporting(block.code, "console.log");
    const outfile = join(folder, `${nameOf(block)}.mjs`);
    buildSync({
      stdin: { contents, loader: "ts", resolveDir: folder },
      bundle: true,
      packages: "external",
      format: "esm",
      outfile,
    });
    expect(run(folder, process.execPath, outfile).trim()).toMatch(DOCUMENTED);
  });
});

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
