/** What ends the command early: signals, and in a thread of `worker` a message. */
import { isMainThread, parentPort } from "node:worker_threads";
import { removeUnfinished } from "./output.js";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type Signal = keyof typeof SIGNALS;

type End = (code: number, signal: Signal) => void;

let end: End = (code) => {
  removeUnfinished();
  process.exit(code);
};

/** Whoever has more to do at a signal than to leave no half-written file behind. */
export function endBy(other: End): void {
  end = other;
}

/** A thread gets no signals: its process tells it. */
export function listen(): void {
  if (!isMainThread) {
    parentPort?.on("message", (signal: Signal) => end(SIGNALS[signal], signal)).unref();
    return;
  }
  for (const [signal, code] of Object.entries(SIGNALS)) process.on(signal, () => end(code, signal as Signal));
}
