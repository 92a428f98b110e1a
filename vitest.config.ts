import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { globSync } from "tinyglobby";
import { defineConfig } from "vitest/config";
import { testsThatImport } from "./test/support/importers.js";

const chromium = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const hasChromium = existsSync(chromium);

/** What needs the file system, child processes, or a module that no other test has imported. */
const NODE_ONLY = [
  "test/docs/**/*.test.ts",
  "test/binaries.test.ts",
  "test/cli/**/*.test.ts",
  "test/examples/**/*.test.ts",
  "test/halfFloatBits.test.ts",
  "test/formats/**/*.test.ts",
  "test/hover.test.ts",
  "test/imports.test.ts",
  "test/init.test.ts",
  "test/kernels.test.ts",
  "test/longRowKernels.test.ts",
  "test/process.test.ts",
  "test/tables.test.ts",
  "test/threads/node/**/*.test.ts",
];
const EXHAUSTIVE = ["test/exhaustive/**/*.test.ts"];
/** Have configurations of their own. */
const APART = ["test/cluster/**", "test/engines/**", "test/package/**"];

/** What depends on the host: buffers, streams, memory, workers, and the bits of the results. */
export const HOST = [
  "test/host/**/*.test.ts",
  "test/buffers.test.ts",
  "test/create.test.ts",
  "test/memory.test.ts",
  "test/stream*.test.ts",
  "test/threads/memory.test.ts",
  "test/threads/queue.test.ts",
  "test/threads/sharedMemory.test.ts",
  "test/threads/silent.test.ts",
  "test/threads/spawn.test.ts",
];

/**
 * What depends on the engine: that, all of threads, the flags of a process, what is refused or missing, and what is read of a
 * user's objects. The rest is arithmetic of which every bit is specified, but for powers of two, which are in test/tables. That
 * it comes out the same, test/host shows by hashes of the results of every function on every backend.
 */
const ENGINE = [
  ...HOST,
  "test/threads/**/*.test.ts",
  "test/*Arguments.test.ts",
  "test/advice.test.ts",
  "test/arguments.test.ts",
  "test/docs/blocks.test.ts",
  "test/hostile.test.ts",
  "test/init.test.ts",
  "test/labels.test.ts",
  "test/later.test.ts",
  "test/process.test.ts",
  "test/tables.test.ts",
  "test/validation.test.ts",
];

/**
 * Files that a process runs one after another: loading the modules again for each of them takes half a second. All others have a
 * process of their own, as they change what is global, or ask how modules, memories, workers or the event loop are.
 */
const together = globSync(["test/*.test.ts", "test/{docs,formats,support}/*.test.ts"], {
  // The examples in comments choose the backend of the module, as test/examples does.
  ignore: [...ENGINE, "test/binaries.test.ts", "test/hover.test.ts", "test/residents.test.ts"],
});

/** How pages are served: cross-origin isolated, as a page has no SharedArrayBuffer otherwise. */
export const SERVED = {
  // Found only during the tests, they would make the page load again.
  optimizeDeps: { include: ["decimal.js", "fast-check"] },
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
};

/** Of every project. */
export const SETUP = ["test/support/equality.ts"];

const all = globSync("test/**/*.test.ts", { ignore: [...EXHAUSTIVE, ...APART] });

const node = {
  name: "node",
  // Node 20 has relaxed SIMD behind a flag that newer versions no longer know.
  execArgv: process.version.startsWith("v20.") ? ["--experimental-wasm-relaxed-simd"] : [],
  setupFiles: SETUP,
  testTimeout: 60_000,
};

/** A new object each time, as vitest writes into it. */
const inChromium = (name: string, include: string[], exclude: string[]) => ({
  name,
  include,
  exclude,
  setupFiles: SETUP,
  testTimeout: 60_000,
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    instances: [{ browser: "chromium" as const }],
    provider: playwright({
      launchOptions: {
        executablePath: chromium,
        args: [
          "--no-sandbox",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--disable-quic",
        ],
      },
    }),
  },
});

const sayWhatIsMissing = {
  onTestRunEnd() {
    if (hasChromium) return;
    console.log(`The browser part was left out: there is no Chromium at ${chromium}.`);
    console.log("Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.");
  },
};

/**
 * `vitest run` is the suite, with what depends on the host also in Chromium. `--mode full` runs what takes more or larger
 * inputs then, and all of the suite in Chromium. `--mode engine` is for Nodes other than the first, `--mode exhaustive` the slow
 * test over every float.
 */
export default defineConfig(({ mode }) => {
  if (mode === "exhaustive") return { test: { ...node, name: "exhaustive", include: EXHAUSTIVE } };
  const chosen =
    mode === "full" ? testsThatImport("test/support/extent.ts") : mode === "engine" ? globSync(ENGINE) : all;
  const page = inChromium("host", mode === "full" ? all : HOST, NODE_ONLY);
  const isTogether = (file: string) => together.includes(file);
  return {
    test: {
      reporters: ["default", sayWhatIsMissing],
      // By default vitest leaves one core idle.
      maxWorkers: availableParallelism(),
      // A project inherits nothing. The examples import the package by its name, which is a path of tsconfig.json.
      projects: [
        ...[true, false].map((isolate) => ({
          mode,
          resolve: { tsconfigPaths: true },
          test: {
            ...node,
            name: isolate ? "node" : "node together",
            isolate,
            include: chosen.filter((file) => isTogether(file) !== isolate),
          },
        })),
        ...(hasChromium ? [{ mode, ...SERVED, test: page }] : []),
      ],
    },
  };
});
