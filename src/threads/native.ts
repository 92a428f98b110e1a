import { precompile } from "../backend/select.js";
import { poolAlone } from "./caller/alone.js";
import type { Pool } from "./caller/make.js";
import { type PoolOptions, readPoolOptions } from "./caller/options.js";

/**
 * What React Native has for softmax-wasm/threads. Its engine, Hermes, has no workers, and refuses to compile a file with
 * `import.meta` in it.
 */
export async function createPool(options: PoolOptions = {}): Promise<Pool> {
  readPoolOptions(options);
  await precompile({ backend: options.backend }, "createPool");
  return poolAlone("React Native has no workers", options);
}
