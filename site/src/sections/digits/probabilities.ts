import type { TemplateResult } from "lit-html";
import { barTable } from "../../shared/barTable.js";
import { percent } from "./reliability.js";

export interface Reading {
  /** At T = 1. */
  readonly raw: Float32Array;
  readonly tempered: Float32Array;
  readonly temperature: number;
}

/** A row for each digit: its probability as trained and at T. Without a reading the bars are empty. */
export function probabilityTable(reading: Reading | undefined): TemplateResult {
  const guess = reading?.raw.indexOf(Math.max(...reading.raw));
  return barTable({
    caption: "The probability of each digit",
    head: ["Digit", named(1), reading ? named(reading.temperature) : "At T"],
    rows: Array.from({ length: 10 }, (_, digit) => {
      const bars = [reading?.raw[digit] ?? 0, reading?.tempered[digit] ?? 0] as const;
      const cells = bars.map((share) => (reading ? percent(share) : ""));
      return { name: String(digit), bars, cells, ...(digit === guess && { emphasis: "strong" }) };
    }),
  });
}

/** What the table says, in a sentence. */
export function verdict(reading: Reading | undefined): string {
  if (reading === undefined) return "Nothing is drawn yet.";
  const { raw, tempered, temperature } = reading;
  const digit = raw.indexOf(Math.max(...raw));
  return `A ${digit}: ${percent(raw[digit])} sure as trained, ${percent(tempered[digit])} at ${named(temperature)}.`;
}

/** With spaces at which no line ends. */
export function named(temperature: number): string {
  return temperature === 1 ? "T\u00a0=\u00a01" : `T\u00a0=\u00a0${temperature.toFixed(2)}`;
}
