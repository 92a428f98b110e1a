import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

const shared: Options = { platform: "neutral", target: "es2022" };

/** Puts src/backend/wasm/modules.workerd.ts in the place of modules.ts. */
const workerdModules: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "workerd-modules",
  setup(build) {
    build.onResolve({ filter: /\/modules\.js$/ }, ({ path, ...context }) =>
      build.resolve(path.replace("modules.js", "modules.workerd.js"), context),
    );
  },
};

// The builds write to dist and run at the same time, so none of them can clean it.
rmSync("dist", { recursive: true, force: true });

export default defineConfig([
  {
    ...shared,
    entry: { index: "src/index.ts", threads: "src/threads/index.ts" },
    format: ["esm", "cjs"],
    esbuildOptions(options, { format }) {
      // One chunk, with what both entries use. CommonJS has it twice: tsup could split that too, but would rewrite it
      // for engines without `?.` to do so.
      options.chunkNames = "[name]";
      if (format === "cjs") {
        options.define = {
          ...options.define,
          "import.meta.dirname": "__dirname",
          "import.meta.url": "undefined",
        };
      }
    },
    dts: {
      // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
      compilerOptions: { ignoreDeprecations: "6.0" },
    },
  },
  // The worker's file: whole, so that it can be served and bundled as it is.
  {
    ...shared,
    entry: { worker: "src/threads/worker/worker.ts" },
    format: "esm",
  },
  {
    ...shared,
    entry: { workerd: "src/index.ts", "workerd.threads": "src/threads/index.ts" },
    format: "esm",
    esbuildPlugins: [workerdModules],
    loader: { ".wasm": "copy" },
    esbuildOptions(options) {
      options.assetNames = "[name]";
      options.chunkNames = "workerd.[name]";
    },
  },
]);
