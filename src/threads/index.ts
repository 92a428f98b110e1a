import type { Pool } from "./caller/make.js";
import type { PoolOptions } from "./caller/options.js";
import { startPool } from "./caller/pool.js";

export type { AsyncFunctions, Functions } from "../functions/instance.js";
export type { Pool } from "./caller/make.js";
export type { PoolOptions } from "./caller/options.js";

/**
 * Starts workers, which compute the functions of the package on one shared memory.
 *
 * Where there can be no threads (a page that is not cross-origin isolated, a policy that forbids workers, a bundle that has lost
 * the worker's file, no SharedArrayBuffer, no address space), the calling thread computes: a warning on the console says why,
 * once.
 *
 * Returns a promise of the pool. Close the pool to end its workers. An open pool without pending calls does not keep a Node
 * process from ending.
 *
 * @example
 * const pool = await createPool({ threads: 1 });
 * await pool.softmax([0, 0]); // [0.5, 0.5]
 * await pool.close();
 *
 * @throws TypeError for an option of the wrong type.
 * @throws RangeError for a number of threads that is no integer from 1 to 64, a blocktime that is not from 0 to 1000, or a backend of
 * another name.
 * @throws Error if the engine refuses the backend, or the file that option worker names is not the worker's.
 */
export function createPool(options: PoolOptions = {}): Promise<Pool> {
  return startPool(options);
}
