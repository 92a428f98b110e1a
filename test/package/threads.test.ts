import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { describe, expect, inject, test } from "vitest";
import { bundleWithEsbuild, chromiumPath, makePage, visit } from "./page.js";
import { run, runModule } from "./run.js";

const consumer = inject("consumer");
const workerFile = join(consumer, "node_modules/softmax-wasm/dist/worker.js");

/** Never closes its pool: the process has to end by itself. */
const score = (options = "") => `
  const pool = await createPool({ threads: 2, ${options} });
  const p = await pool.softmax(new Float32Array(2 ** 20), { shape: [1024, 1024] });
  const found = [pool.threads, pool.backend, 1024 * p[0], p.every((value) => value === p[0])].join(" ");`;
const scored = /^2 (simd|relaxed) 1 true$/m;

const load = 'import { createPool } from "softmax-wasm/threads";';
const module = `${load} ${score()} console.log(found);`;
const script = `
  const { createPool } = require("softmax-wasm/threads");
  (async () => { ${score()} console.log(found); })();`;

describe("Node", () => {
  test("import", () => {
    expect(runModule(consumer, module)).toMatch(scored);
  });

  test("require", () => {
    expect(run(consumer, process.execPath, "--input-type=commonjs", "--eval", script)).toMatch(scored);
  });

  test("a folder whose name has to be escaped in URLs", () => {
    const folder = mkdtempSync(join(consumer, "100% #1 ? "));
    cpSync(join(consumer, "node_modules"), join(folder, "node_modules"), { recursive: true });
    expect(runModule(folder, module)).toMatch(scored);
    expect(run(folder, process.execPath, "--input-type=commonjs", "--eval", script)).toMatch(scored);
  });

  test("a bundle finds the worker beside itself, or where option worker says", () => {
    const folder = mkdtempSync(join(consumer, "bundle-"));
    const bundle = (name: string, code: string) => {
      const stdin = { contents: `${load} ${code} console.log(found);`, resolveDir: consumer };
      buildSync({ stdin, bundle: true, platform: "node", format: "esm", outfile: join(folder, name) });
      return () => run(folder, process.execPath, name);
    };
    const byDefault = bundle("default.mjs", score());
    const byOption = bundle("option.mjs", score('worker: import.meta.resolve("softmax-wasm/worker.js")'));
    expect(byOption()).toMatch(scored);
    copyFileSync(workerFile, join(folder, "worker.js"));
    expect(byDefault()).toMatch(scored);
  });
});

test("Yarn's PnP, which Node is told of by -r", () => {
  const folder = mkdtempSync(join(consumer, "../pnp-"));
  const files = {
    "package.json": JSON.stringify({ dependencies: { "softmax-wasm": `file:${inject("tarball")}` } }),
    ".yarnrc.yml": "nodeLinker: pnp\nenableGlobalCache: false\nenableTelemetry: false\n",
    "yarn.lock": "",
    "script.cjs": script,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  run(folder, "npx", "--yes", "--package", "@yarnpkg/cli-dist@4.9.2", "yarn", "install", "--no-immutable");
  expect(run(folder, process.execPath, "-r", "./.pnp.cjs", "script.cjs")).toMatch(scored);
});

test.each([["bun"], ["deno", "run", "--allow-all"]])("%s", (runtime, ...args) => {
  writeFileSync(join(consumer, "threads.mjs"), module);
  expect(run(consumer, "npx", "--yes", runtime, ...args, "threads.mjs")).toMatch(scored);
});

describe.skipIf(!existsSync(chromiumPath))("Chromium", () => {
  const isolated = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  };
  const policy = { "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'" };
  const page = (options = "", code = "") =>
    makePage(
      consumer,
      `${load} ${code}
      const warnings = [];
      console.warn = (...parts) => warnings.push(parts.join(" "));
      ${score(options)}
      await (await createPool({ threads: 1, ${options} })).close();
      document.body.append([found, ...warnings].join("\\n"));`,
    );

  /** Each bundles the page and returns the folder to serve. */
  const bundlers = {
    vite(folder: string): string {
      run(folder, "npx", "--yes", "vite@8", "build");
      return join(folder, "dist");
    },
    webpack(folder: string): string {
      const packages = ["--package", "webpack@5", "--package", "webpack-cli@7"];
      run(folder, "npx", "--yes", ...packages, "webpack", "--mode", "production", "--entry", "./main.js");
      copyFileSync(join(folder, "index.html"), join(folder, "dist/index.html"));
      return join(folder, "dist");
    },
    /** Leaves workers as they are. */
    esbuild(folder: string): string {
      const dist = bundleWithEsbuild(folder);
      copyFileSync(workerFile, join(dist, "worker.js"));
      return dist;
    },
  };

  test.each(Object.entries(bundlers))("bundled by %s", async (_, bundle) => {
    const dist = bundle(page());
    expect(await visit(dist, { ...isolated, ...policy })).toMatch(/^2 relaxed 1 true$/);
    expect(await visit(dist, policy)).toMatch(/^0 relaxed 1 true\n.*cross-origin isolated.*Opener-Policy.*$/);
  });

  test("a worker served elsewhere, by option worker", async () => {
    const dist = bundleWithEsbuild(page('worker: "/assets/softmax.js"'));
    mkdirSync(join(dist, "assets"));
    copyFileSync(workerFile, join(dist, "assets/softmax.js"));
    expect(await visit(dist, { ...isolated, ...policy })).toMatch(/^2 relaxed 1 true$/);
  });

  /** The page of a bundle with the worker's file, and what it shows under this policy. */
  const under = (policy: string, options = "", code = "") => {
    const dist = bundlers.esbuild(page(options, code));
    // A frame without an origin may load only what is for all.
    const open = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
    return visit(dist, { ...isolated, ...open, "content-security-policy": policy });
  };
  const alone = (reason: string) =>
    new RegExp(`^0 relaxed 1 true\\n.*no threads, the calling thread computes: .*${reason}.*$`);
  const trusted = "require-trusted-types-for 'script'";

  test.each(["", 'worker: "/worker.js"'])("a policy without workers, and options { %s }", async (options) => {
    expect(await under("worker-src 'none'", options)).toMatch(alone("worker-src"));
  });

  test.each(["", 'worker: "/worker.js"'])("a sandboxed frame, and options { %s }", async (options) => {
    expect(await under("sandbox allow-scripts", options)).toMatch(alone("sandbox needs allow-same-origin"));
  });

  test("a policy of trusted types: computes, and says what it needs", async () => {
    expect(await under(trusted)).toMatch(alone("option worker must be a TrustedScriptURL"));
  });

  test("a policy of trusted types, and a worker that is a string", async () => {
    await expect(under(trusted, 'worker: "/worker.js"')).rejects.toThrow(/must be a TrustedScriptURL/);
  });

  test("a policy of trusted types, and a TrustedScriptURL", async () => {
    const code = `const trust = trustedTypes.createPolicy("page", { createScriptURL: (url) => url });`;
    expect(await under(trusted, 'worker: trust.createScriptURL("/worker.js")', code)).toBe(
      "2 relaxed 1 true",
    );
  });

  test("says that the worker is missing, and how to get it, and computes", async () => {
    const dist = bundleWithEsbuild(page());
    expect(await visit(dist, isolated)).toMatch(
      /^0 relaxed 1 true\n.*worker\.js .* not found.* option worker$/,
    );
  });

  test("a worker that was named and is missing is an error", async () => {
    const dist = bundleWithEsbuild(page('worker: "/nothing.js"'));
    await expect(visit(dist, isolated)).rejects.toThrow(/the worker \/nothing\.js could not be started/);
  });
});
