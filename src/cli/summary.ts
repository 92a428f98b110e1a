/** What `score` says when all is done. */
import type { ScoreArguments } from "./arguments.js";
import { BINS, Quality } from "./quality.js";

/** What is said when all is done. */
export interface Summary {
  readonly command: "score";
  readonly inputs: number;
  readonly rows: number;
  /** Rows whose result is NaN. */
  readonly nanRows: number;
  /** Parts that were done already. */
  readonly skipped: number;
  readonly seconds: number;
  readonly bytes: number;
  /** The most memory that the process has had. */
  readonly peakBytes: number;
  readonly backend: string;
  readonly threads: number;
  /** With labels: the share that is right, the mean loss in nats, the expected calibration error. */
  readonly accuracy?: number;
  readonly logLoss?: number;
  readonly calibrationError?: number;
}

/** Counted over all inputs. */
export class Tally {
  rows = 0;
  nanRows = 0;
  bytes = 0;
  /** Parts that had been done before. */
  skipped = 0;
  readonly warnings: string[] = [];
  readonly quality = new Quality();
}

export function report(settings: ScoreArguments, warnings: readonly string[], summary: Summary): void {
  const { stderr } = process;
  for (const warning of warnings) stderr.write(`softmax-wasm: ${warning}\n`);
  if (settings.json) {
    stderr.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  if (settings.quiet) return;
  const { rows, nanRows, seconds, skipped, accuracy, logLoss, calibrationError } = summary;
  if (skipped > 0) stderr.write(`${skipped} ${skipped === 1 ? "part was" : "parts were"} done already\n`);
  const nan = nanRows === 0 ? "none with NaN" : `${nanRows.toLocaleString("en-US")} with NaN`;
  stderr.write(`${rows.toLocaleString("en-US")} rows, ${nan}, ${seconds.toFixed(seconds < 10 ? 2 : 0)} s\n`);
  if (accuracy === undefined || logLoss === undefined || calibrationError === undefined) return;
  const measures = `accuracy ${accuracy.toFixed(4)}, log-loss ${logLoss.toFixed(4)} nats`;
  stderr.write(`${measures}, calibration error ${calibrationError.toFixed(4)} in ${BINS} bins\n`);
}
