import { copyFileSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { bundleWithEsbuild, chromiumPath, makePage, visit } from "./page.js";
import { run, runModule } from "./run.js";

const consumer = inject("consumer");

describe("Node", () => {
  test("importing compiles nothing and takes no memory", () => {
    const code = `
      const { Module, Instance, Memory } = WebAssembly;
      const refuse = class { constructor() { throw new Error("too early"); } };
      Object.assign(WebAssembly, { Module: refuse, Instance: refuse, Memory: refuse, compile: refuse, instantiate: refuse });
      const { backend } = await import("softmax-wasm");
      Object.assign(WebAssembly, { Module, Instance, Memory });
      console.log(backend());`;
    expect(runModule(consumer, code)).toMatch(/^(simd|relaxed)$/m);
  });

  test.each(["Module", "Instance", "Memory"])("js serves where new WebAssembly.%s is refused", (name) => {
    const code = `
      import { backend, createSoftmax, init, softmax } from "softmax-wasm";
      WebAssembly.${name} = class { constructor() { throw new WebAssembly.CompileError("refused"); } };
      WebAssembly.compile = async () => { throw new WebAssembly.CompileError("refused"); };
      console.log(backend(), softmax([0, 0])[0], await init());
      try { createSoftmax({ backend: "simd" }); } catch (error) { console.log(error.message); }`;
    expect(runModule(consumer, code)).toMatch(/^js 0\.5 js\n.*simd.*refused/);
  });
});

describe("workerd", () => {
  const script = `
    import { backend, init, softmax } from "./index.js";
    export default { async test() { console.log("found", backend(), softmax([0, 0])[0], await init()); } };`;
  const entryOf = (name: string) =>
    basename(
      runModule(consumer, `console.log(import.meta.resolve("${name}"));`, "--conditions=workerd").trim(),
    );

  test("imports the binaries through the workerd condition", () => {
    const entry = entryOf("softmax-wasm");
    expect(entry).toBe("workerd.js");
    expect(inWorkerd(script, entry)).toMatch(/^found relaxed 0\.5 relaxed$/m);
  });

  test("falls back to js where bytes cannot be compiled", () => {
    expect(inWorkerd(script, "index.js")).toMatch(/^found js 0\.5 js$/m);
  });

  test("has no threads, and computes", () => {
    const script = `
      import { createPool } from "./index.js";
      export default { async test() {
        const warnings = [];
        console.warn = (text) => warnings.push(text);
        const pool = await createPool();
        console.log("found", pool.threads, pool.backend, (await pool.softmax([0, 0]))[0], ...warnings);
      } };`;
    const entry = entryOf("softmax-wasm/threads");
    expect(entry).toBe("workerd.threads.js");
    expect(inWorkerd(script, entry)).toMatch(/^found 0 relaxed 0\.5 .*no threads/m);
  });
});

describe.skipIf(!existsSync(chromiumPath))("Chromium", () => {
  test("compiles under a policy with wasm-unsafe-eval", async () => {
    expect(await inChromium("script-src 'self' 'wasm-unsafe-eval'")).toBe("relaxed 0.5 relaxed");
  });

  test("falls back to js under a policy without it", async () => {
    expect(await inChromium("script-src 'self'")).toBe("js 0.5 js");
  });
});

/** Runs a worker that finds `entry` of the package as ./index.js, and beside it what that imports. */
function inWorkerd(script: string, entry: string): string {
  const folder = mkdtempSync(join(consumer, "workerd-"));
  const dist = join(consumer, "node_modules/softmax-wasm/dist");
  const binaries = readdirSync(dist).filter((name) => name.endsWith(".wasm"));
  const chunks = ["chunk.js", "workerd.chunk.js"];
  for (const name of [...binaries, ...chunks]) copyFileSync(join(dist, name), join(folder, name));
  copyFileSync(join(dist, entry), join(folder, "index.js"));
  writeFileSync(join(folder, "worker.js"), script);
  const config = `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (services = [(name = "main", worker = (
      compatibilityDate = "2026-01-01",
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "index.js", esModule = embed "index.js"),
        ${chunks.map((name) => `(name = "${name}", esModule = embed "${name}")`)},
        ${binaries.map((name) => `(name = "${name}", wasm = embed "${name}")`)}
      ],
    ))]);`;
  writeFileSync(join(folder, "config.capnp"), config);
  return run(folder, "npx", "--yes", "workerd", "test", "config.capnp");
}

/** What a page that uses the bundled package finds under a content security policy. */
function inChromium(policy: string): Promise<string | null> {
  const code = `
    import { backend, init, softmax } from "softmax-wasm";
    const found = [backend(), softmax([0, 0])[0], await init()];
    document.body.append(found.join(" "));`;
  return visit(bundleWithEsbuild(makePage(consumer, code)), { "content-security-policy": policy });
}
