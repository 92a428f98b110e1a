import type { NodeModules } from "../shared/host.js";

/**
 * The path of worker.js, for hosts with Node's modules: beside this file, where the package has it. In a bundle, first where
 * the package is installed, as seen from the bundle and then from the working directory: a file beside the bundle may be
 * another worker.
 */
export function workerFile(modules: NodeModules): string {
  const { folder = modules("node:process").cwd(), file } = here();
  if (!/[\\/]threads\.c?js$/.test(file)) {
    const { createRequire } = modules("node:module");
    for (const place of [folder, modules("node:process").cwd()]) {
      try {
        // No bundler follows this call.
        return createRequire(`${place}/_.js`).resolve("softmax-wasm/worker.js");
      } catch {
        // The next one.
      }
    }
  }
  return `${folder}/worker.js`;
}

/** Where this code is, if the bundler has left that. */
function here(): { folder?: string; file: string } {
  try {
    return { folder: import.meta.dirname, file: import.meta.filename ?? "" };
  } catch {
    // CommonJS that was bundled as ES modules has no __dirname.
    return { file: "" };
  }
}
