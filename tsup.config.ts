import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
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

/**
 * Turns each file into CommonJS by itself: esbuild splits ES modules only. tsup has such a step too, but rewrites the code for
 * engines without `?.` in it.
 */
const commonJs: NonNullable<Options["plugins"]>[number] = {
  name: "commonjs",
  // With `platform` it lists the names of the exports, as ES modules in Node need it.
  renderChunk: (code) =>
    transform(code, { format: "cjs", platform: "node", target: "es2022", banner: '"use strict";' }),
};

/** The command takes the library from the files beside it. */
const libraryBeside: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "library-beside",
  setup(build) {
    build.onResolve({ filter: /^\.\.\/(threads\/)?index\.js$/ }, ({ path }) => ({
      path: path.includes("threads") ? "./threads.js" : "./index.js",
      external: true,
    }));
  },
};

/** Puts the licences of the packages in a bundle beside it. */
const licences: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "licences",
  setup(build) {
    build.initialOptions.metafile = true;
    build.onEnd(({ metafile }) => {
      const folders = Object.keys(metafile?.inputs ?? {}).flatMap(
        (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [],
      );
      const texts = [...new Set(folders)].sort().map((folder) => {
        const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        if (file === undefined) throw new Error(`${folder} has no licence to go with it`);
        return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
      });
      mkdirSync("dist", { recursive: true });
      writeFileSync("dist/cli.licences.txt", texts.join(`\n${"-".repeat(80)}\n\n`));
    });
  },
};

// The builds write to dist and run at the same time, so none of them can clean it.
rmSync("dist", { recursive: true, force: true });

const entry = { index: "src/index.ts", threads: "src/threads/index.ts" };

export default defineConfig([
  {
    ...shared,
    entry,
    format: "esm",
    esbuildOptions(options) {
      // One chunk, with what both entries use.
      options.chunkNames = "[name]";
    },
  },
  {
    ...shared,
    entry,
    format: ["esm", "cjs"],
    dts: {
      only: true,
      // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
      compilerOptions: { ignoreDeprecations: "6.0" },
    },
  },
  // The same for CommonJS: esbuild splits ES modules only, so each of the three files is turned into CommonJS by itself.
  {
    ...shared,
    entry,
    format: "esm",
    outExtension: () => ({ js: ".cjs" }),
    esbuildOptions(options) {
      options.chunkNames = "[name]";
      options.define = {
        ...options.define,
        "import.meta.dirname": "__dirname",
        "import.meta.filename": "__filename",
        "import.meta.url": "undefined",
      };
    },
    plugins: [commonJs],
  },
  // The worker's file: whole, so that it can be served and bundled as it is.
  {
    ...shared,
    entry: { worker: "src/threads/worker/worker.ts" },
    format: "esm",
  },
  // For React Native, as CommonJS: tests there (Jest) leave packages as they are.
  {
    ...shared,
    entry: { "native.threads": "src/threads/native.ts" },
    format: "cjs",
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
  // The command, with what it needs: the package has no dependencies.
  {
    entry: { cli: "src/cli/main.ts" },
    format: "esm",
    platform: "node",
    target: "node20",
    esbuildPlugins: [libraryBeside, licences],
    // Some of the packages in it are CommonJS.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  },
]);
