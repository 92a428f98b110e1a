/** A bar on the terminal while rows are scored. Nothing where nobody watches. */
import { SingleBar } from "cli-progress";
import type { Reader } from "../formats/format.js";

export interface Progress {
  update(rows: number): void;
  stop(): void;
}

const SILENT: Progress = { update() {}, stop() {} };

export function startProgress(reader: Reader, isQuiet: boolean): Progress {
  const { stderr } = process;
  if (isQuiet || !stderr.isTTY) return SILENT;
  const { size } = reader;
  const start = performance.now();
  const bar = new SingleBar({
    stream: stderr,
    clearOnComplete: true,
    hideCursor: true,
    etaBuffer: 100,
    barsize: 24,
    format:
      size === undefined
        ? "{rows} rows  {speed} rows/s  {rate} MB/s"
        : "{bar} {percentage}%  {rows} rows  {speed} rows/s  {rate} MB/s  {eta_formatted} left",
  });
  bar.start(size ?? 1, 0, { rows: "0", speed: "0", rate: "0" });
  return {
    update(rows) {
      const seconds = (performance.now() - start) / 1000;
      bar.update(size === undefined ? 0 : Math.min(reader.position, size), {
        rows: rows.toLocaleString("en-US"),
        speed: Math.round(rows / seconds).toLocaleString("en-US"),
        rate: (reader.position / 1e6 / seconds).toFixed(0),
      });
    },
    stop() {
      bar.stop();
    },
  };
}
