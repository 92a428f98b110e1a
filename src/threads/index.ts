import { type Pool, type PoolOptions, startPool } from "./caller/pool.js";

export type { AsyncFunctions, Functions } from "../functions/instance.js";
export type { Pool, PoolOptions } from "./caller/pool.js";

/**
 * Starts workers, which compute the functions of the package on one shared memory.
 *
 * Where there can be no threads (a page that is not cross-origin isolated, no SharedArrayBuffer, no address space), the calling
 * thread computes: a warning on the console says why, once.
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
 * @throws RangeError for a number of threads that is no integer from 1 to 64, or a backend of another name.
 * @throws Error if the engine refuses the backend, or the worker's file cannot be loaded.
 */
export function createPool(options: PoolOptions = {}): Promise<Pool> {
  return startPool(options);
}
