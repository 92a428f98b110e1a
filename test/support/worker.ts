/** The worker that `npm run build:worker` makes of the source. */
export const WORKER = new URL("../../build/worker.js", import.meta.url);
