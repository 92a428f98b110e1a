import { copyFileSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { buildSync } from "esbuild";
import { chromium } from "playwright";
import { describe, expect, inject, test } from "vitest";
import { run, runModule } from "./run.js";

const consumer = inject("consumer");
const chromiumPath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

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

  test("imports the binaries through the workerd condition", () => {
    const resolve = 'console.log(import.meta.resolve("softmax-wasm"));';
    const entry = runModule(consumer, resolve, "--conditions=workerd").trim();
    expect(entry).toMatch(/workerd\.js$/);
    expect(inWorkerd(script, basename(entry))).toMatch(/^found relaxed 0\.5 relaxed$/m);
  });

  test("falls back to js where bytes cannot be compiled", () => {
    expect(inWorkerd(script, "index.js")).toMatch(/^found js 0\.5 js$/m);
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

/** Runs a worker that finds `entry` of the package as ./index.js. */
function inWorkerd(script: string, entry: string): string {
  const folder = mkdtempSync(join(consumer, "workerd-"));
  const dist = join(consumer, "node_modules/softmax-wasm/dist");
  const binaries = readdirSync(dist).filter((name) => name.endsWith(".wasm"));
  for (const name of binaries) copyFileSync(join(dist, name), join(folder, name));
  copyFileSync(join(dist, entry), join(folder, "index.js"));
  writeFileSync(join(folder, "worker.js"), script);
  const config = `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (services = [(name = "main", worker = (
      compatibilityDate = "2026-01-01",
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "index.js", esModule = embed "index.js"),
        ${binaries.map((name) => `(name = "${name}", wasm = embed "${name}")`)}
      ],
    ))]);`;
  writeFileSync(join(folder, "config.capnp"), config);
  return run(folder, "npx", "--yes", "workerd", "test", "config.capnp");
}

/** Opens a page that uses the bundled package under a content security policy, and returns what it found. */
async function inChromium(policy: string): Promise<string | null> {
  const contents = `
    import { backend, init, softmax } from "softmax-wasm";
    const found = [backend(), softmax([0, 0])[0], await init()];
    document.body.append(found.join(" "));`;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: consumer },
    bundle: true,
    format: "esm",
    write: false,
  });
  const server = createServer(({ url }, response) => {
    const script = url === "/main.js";
    response.setHeader("content-type", script ? "text/javascript" : "text/html");
    response.setHeader("content-security-policy", policy);
    response.end(script ? outputFiles[0].text : '<body><script type="module" src="/main.js"></script>');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await page
      .waitForFunction(() => document.body.textContent || null)
      .then((text) => text.jsonValue());
  } finally {
    await browser.close();
    server.close();
  }
}
