import { nodeModules } from "../shared/host.js";

/**
 * The path of worker.js, for hosts with Node's modules: beside this file, where the package has it. In a bundle, first where
 * the package is installed, as seen from the bundle and then from the working directory; a file beside the bundle may be
 * another worker.
 */
export function workerFile(): string {
  const { folder, file } = here();
  if (!/[\\/]threads\.c?js$/.test(file)) {
    const createRequire = nodeModules()?.("node:module").createRequire;
    for (const place of [folder, process.cwd()]) {
      try {
        // A call that no bundler follows.
        return createRequire?.(`${place}/_.js`).resolve("softmax-wasm/worker.js") as string;
      } catch {
        // The next one.
      }
    }
  }
  return `${folder}/worker.js`;
}

/** Where this code is. */
function here(): { folder: string; file: string } {
  try {
    return { folder: import.meta.dirname ?? process.cwd(), file: import.meta.filename ?? "" };
  } catch {
    // CommonJS that was bundled as ES modules has no __dirname.
    return { folder: process.cwd(), file: "" };
  }
}
