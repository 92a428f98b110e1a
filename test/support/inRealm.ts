type Core = typeof import("../../src/index.js");
type Threads = typeof import("../../src/threads/index.js");

/** The package, with what was given back of its realm. */
export interface Inside {
  readonly core: Core;
  readonly threads: Threads;
  readonly Float32Array: Float32ArrayConstructor;
  readonly TypeError: TypeErrorConstructor;
}

/** What Jest gives its contexts beside the language: its own process, and classes of the realm that started it. */
const HOST = [
  "process",
  "console",
  "URL",
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "queueMicrotask",
  "performance",
];
const STREAMS = ["TransformStream", "ReadableStream"];
const JEST = ["ArrayBuffer", "Uint8Array"];

/** Runs the package itself in other realms: contexts of Node as those of tests' runners, or a frame of the page. */
export const realms: readonly [string, () => Promise<Inside>][] =
  typeof document === "undefined"
    ? [
        ["a context", () => inContext([...HOST, ...STREAMS])],
        [
          "a context with the ArrayBuffer of another, as Jest's",
          () => inContext([...HOST, ...STREAMS, ...JEST]),
        ],
      ]
    : [["a frame", inFrame]];

async function inContext(names: readonly string[]): Promise<Inside> {
  // Not imported above: pages have neither.
  const { build } = await import("esbuild");
  const vm = await import("node:vm");
  const { outputFiles } = await build({
    stdin: {
      contents: `export * as core from "./src/index.js"; export * as threads from "./src/threads/index.js";
        export const { Float32Array, TypeError } = globalThis;`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: "iife",
    globalName: "inside",
    target: "es2022",
    logLevel: "error",
    write: false,
  });
  const globals = Object.fromEntries(names.map((name) => [name, (globalThis as never)[name]]));
  return vm.runInNewContext(`${outputFiles[0].text}; inside`, globals);
}

async function inFrame(): Promise<Inside> {
  const { contentWindow } = document.body.appendChild(document.createElement("iframe"));
  const realm = contentWindow as unknown as typeof globalThis;
  // In two steps: Vite would take the URL for one of an asset.
  const here = import.meta.url;
  const load = (path: string) => realm.eval(`import(${JSON.stringify(new URL(path, here).href)})`);
  const core: Core = await load("../../src/index.ts");
  const threads: Threads = await load("../../src/threads/index.ts");
  return { core, threads, Float32Array: realm.Float32Array, TypeError: realm.TypeError };
}
