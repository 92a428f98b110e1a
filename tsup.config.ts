import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

const shared: Options = { platform: "neutral", target: "es2022" };

/** Puts src/backend/modules.workerd.ts in the place of modules.ts. */
const workerdModules: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "workerd-modules",
  setup(build) {
    build.onResolve({ filter: /\/modules\.js$/ }, ({ path, ...context }) =>
      build.resolve(path.replace("modules.js", "modules.workerd.js"), context),
    );
  },
};

// Both builds write to dist and run at the same time, so neither can clean it.
rmSync("dist", { recursive: true, force: true });

export default defineConfig([
  {
    ...shared,
    entry: ["src/index.ts"],
    format: ["esm", "cjs"],
    // Without it `Symbol.dispose` is an error in the declarations for users whose lib does not include it.
    dts: { banner: '/// <reference lib="esnext.disposable" />' },
  },
  {
    ...shared,
    entry: { workerd: "src/index.ts" },
    format: "esm",
    esbuildPlugins: [workerdModules],
    loader: { ".wasm": "copy" },
    esbuildOptions(options) {
      options.assetNames = "[name]";
    },
  },
]);
