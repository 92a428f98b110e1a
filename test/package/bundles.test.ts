import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { chromiumPath, makePage, visit } from "./page.js";
import { INSTALL_TIMEOUT, install, run, runModule } from "./run.js";

const BUNDLERS = ["webpack@5.113.0", "@rspack/core@2.3.3", "vite@8.4.0", "esbuild@0.28.2", "parcel@2.16.4"];
const REACT_NATIVE = [
  "metro@0.83.3",
  "@react-native/metro-babel-transformer@0.82.1",
  "hermes-compiler@0.14.1",
];

/** A project of its own, with the package and the bundlers in it. */
const folder = mkdtempSync(join(inject("consumer"), "../bundles-"));

beforeAll(() => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  install(folder, inject("tarball"), ...BUNDLERS, ...REACT_NATIVE);
}, INSTALL_TIMEOUT);

/** The body of a program that prints what a pool does. */
const score = (print: string) => `
  createPool({ threads: 2 }).then(async (pool) => {
    const p = await pool.softmax(new Float32Array(2 ** 20), { shape: [1024, 1024] });
    ${print}([pool.threads, p.every((value) => value === 2 ** -10)].join(" "));
    pool.close();
  }, (error) => ${print}(error.message));`;

const entries = {
  "module.mjs": `import { createPool } from "softmax-wasm/threads"; ${score("console.log")}`,
  "script.cjs": `const { createPool } = require("softmax-wasm/threads"); ${score("console.log")}`,
};

/** Programs that bundle an entry for Node into a folder. */
const packWith = (name: string, entry: string, isModule: boolean, out: string) => `
  import * as all from "${name}";
  const pack = all.rspack ?? all.default;
  const settings = {
    mode: "production", target: "node20", context: process.cwd(), entry: "./${entry}",
    output: { path: process.cwd() + "/${out}", filename: "main.${isModule ? "mjs" : "cjs"}",
      ${isModule ? 'module: true, chunkFormat: "module", library: { type: "module" }' : 'library: { type: "commonjs2" }'} },
    ${isModule ? "experiments: { outputModule: true }," : ""}
  };
  pack(settings, (error, stats) => {
    if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString());
  });`;
const esbuildWith = (entry: string, isModule: boolean, out: string) => `
  import { buildSync } from "esbuild";
  buildSync({ entryPoints: ["${entry}"], bundle: true, platform: "node", logLevel: "silent",
    format: "${isModule ? "esm" : "cjs"}", outfile: "${out}/main.${isModule ? "mjs" : "cjs"}" });`;
const viteWith = (entry: string, out: string) => `
  import { build } from "vite";
  await build({ logLevel: "error", ssr: { noExternal: true },
    build: { ssr: "${entry}", outDir: "${out}", rollupOptions: { output: { entryFileNames: "main.mjs" } } } });`;

/** The title, and a program that makes main.mjs or main.cjs in a folder. */
const bundles: [title: string, program: (out: string) => string][] = [
  ["webpack, ES modules", (out) => packWith("webpack", "module.mjs", true, out)],
  ["webpack, CommonJS", (out) => packWith("webpack", "module.mjs", false, out)],
  ["webpack, CommonJS of CommonJS", (out) => packWith("webpack", "script.cjs", false, out)],
  ["Rspack, ES modules", (out) => packWith("@rspack/core", "module.mjs", true, out)],
  ["Rspack, CommonJS of CommonJS", (out) => packWith("@rspack/core", "script.cjs", false, out)],
  ["esbuild, ES modules", (out) => esbuildWith("module.mjs", true, out)],
  ["esbuild, CommonJS", (out) => esbuildWith("module.mjs", false, out)],
  ["esbuild, CommonJS of CommonJS", (out) => esbuildWith("script.cjs", false, out)],
  ["esbuild, ES modules of CommonJS", (out) => esbuildWith("script.cjs", true, out)],
  ["Vite, ES modules", (out) => viteWith("module.mjs", out)],
];

describe("bundled for Node", () => {
  /** What a bundle prints, warnings included. */
  const output = (cwd: string, file: string) =>
    run(cwd, "sh", "-c", `exec "${process.execPath}" "${file}" 2>&1`);

  beforeAll(() => {
    for (const [name, text] of Object.entries(entries)) writeFileSync(join(folder, name), text);
  });

  test.each(bundles)(
    "%s: finds the worker where the package is, or computes and says how to",
    (title, program) => {
      const out = `out/${title.replace(/\W+/g, "-")}`;
      runModule(folder, program(out));
      const name = ["main.mjs", "main.cjs"].find((each) => existsSync(join(folder, out, each))) as string;
      expect(output(join(folder, out), name)).toBe("2 true\n");
      // Far from the package, but started in the project.
      const far = mkdtempSync(join(tmpdir(), "softmax-wasm-far-"));
      copyFileSync(join(folder, out, name), join(far, name));
      expect(output(folder, join(far, name))).toBe("2 true\n");
      // Far from all.
      expect(output(far, name)).toMatch(
        /^softmax-wasm: no threads, .*worker\.js.*serverExternalPackages.*--external:softmax-wasm.*\n0 true\n$/,
      );
      // Far from the package, with a copy of the worker beside it.
      copyFileSync(join(folder, "node_modules/softmax-wasm/dist/worker.js"), join(far, "worker.js"));
      if (!/of CommonJS$/.test(title)) expect(output(far, name)).toBe("2 true\n");
    },
  );
});

describe.skipIf(!existsSync(chromiumPath))("bundled for Chromium", () => {
  const isolated = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  const load = 'import { createPool } from "softmax-wasm/threads";';

  test("by Parcel, which ignores exports", async () => {
    const page = makePage(
      folder,
      `${load} import { softmax } from "softmax-wasm";
      console.warn = (text) => document.body.append(text);
      ${score('((text) => document.body.append(text + " " + softmax([0, 0])[0]))')}`,
    );
    const html = '<body><script type="module" src="./main.js"></script>';
    writeFileSync(join(page, "index.html"), html);
    writeFileSync(join(page, "package.json"), JSON.stringify({ private: true }));
    run(
      page,
      join(folder, "node_modules/.bin/parcel"),
      "build",
      "index.html",
      "--no-cache",
      "--no-source-maps",
    );
    expect(await visit(join(page, "dist"), isolated)).toBe("2 true 0.5");
    // It would install what it believes that a file needs.
    expect(readFileSync(join(page, "package.json"), "utf8")).not.toContain("ependencies");
  });

  test("by Vite, in a worker of the page", async () => {
    const page = makePage(
      folder,
      `const worker = new Worker(new URL("./score.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => document.body.append(data);`,
    );
    writeFileSync(join(page, "score.js"), `${load} console.warn = postMessage; ${score("postMessage")}`);
    run(page, join(folder, "node_modules/.bin/vite"), "build");
    expect(await visit(join(page, "dist"), isolated)).toBe("2 true");
  });
});

describe("React Native", () => {
  const metro = (isExports: boolean) => `
    import Metro from "metro";
    import { createRequire } from "node:module";
    const { resolve } = createRequire(process.cwd() + "/_.js");
    const config = await Metro.loadConfig({ cwd: process.cwd() }, {
      projectRoot: process.cwd(),
      resolver: {
        unstable_enablePackageExports: ${isExports}, unstable_conditionNames: ["react-native"],
        resolverMainFields: ["react-native", "browser", "main"], useWatchman: false,
      },
      transformer: { babelTransformerPath: resolve("@react-native/metro-babel-transformer") },
      reporter: { update() {} }, maxWorkers: 1,
    });
    await Metro.runBuild(config, { entry: "native.js", platform: "ios", dev: false, minify: false, out: "native/app.js" });
    process.exit();`;
  const systems: { [platform: string]: string } = {
    linux: "linux64-bin/hermesc",
    darwin: "osx-bin/hermesc",
    win32: "win64-bin/hermesc.exe",
  };
  const compile = (file: string) =>
    run(
      join(folder, "native"),
      join(folder, "node_modules/hermes-compiler/hermesc", systems[process.platform]),
      ...["-w", "-emit-binary", "-out", "app.hbc", file],
    );

  beforeAll(() => {
    mkdirSync(join(folder, "native"));
    const code = `import { createPool } from "softmax-wasm/threads"; ${score("globalThis.print")}`;
    writeFileSync(join(folder, "native.js"), code);
  });

  test.each([true, false])("Metro bundles it, Hermes compiles it, with exports: %s", (isExports) => {
    runModule(folder, metro(isExports));
    compile("app.js");
    // Hermes comes without a shell here: Node runs the same bundle.
    const app = readFileSync(join(folder, "native/app.js"), "utf8");
    const shell =
      "globalThis.print = console.log; console.warn = console.log; delete globalThis.WebAssembly;";
    writeFileSync(join(folder, "native/run.cjs"), `${shell}\n${app}`);
    expect(run(folder, process.execPath, "native/run.cjs")).toMatch(
      /^softmax-wasm: no threads, .*React Native has no workers\n0 true\n$/,
    );
  });

  test("Hermes would not compile import.meta", () => {
    writeFileSync(join(folder, "native/meta.js"), "console.log(import.meta.url);");
    expect(() => compile("meta.js")).toThrow(/'import\.meta' is currently unsupported/);
  });
});
