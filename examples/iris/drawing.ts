import { bar } from "../bar.js";
import { bold } from "../terminal.js";
import type { Classification } from "./classifier.js";
import { CLASSES, type Flowers, MEASUREMENTS, SPECIES } from "./data.js";

/** A table of the coefficients, one line per measurement. */
export function drawCoefficients(coefficients: Float64Array): string[] {
  const columns = (cells: readonly string[]) => cells.map((cell) => cell.padStart(12)).join("");
  const names = [...MEASUREMENTS.map((name) => `${name}, per cm`), "intercept"];
  return [
    `  ${" ".repeat(20)}${columns(SPECIES)}`,
    ...names.map((name, i) => {
      const row = Array.from(coefficients.subarray(i * CLASSES, (i + 1) * CLASSES));
      return `  ${name.padEnd(20)}${columns(row.map((value) => value.toFixed(3)))}`;
    }),
  ];
}

export function drawSummary({ accuracy, logLoss }: Classification, { count }: Flowers): string {
  const right = Math.round(accuracy * count);
  const percent = bold(`${(100 * accuracy).toFixed(1)} %`);
  return `${right} of the ${count} flowers it was fitted to, accuracy ${percent}, log-loss ${bold(logLoss.toFixed(4))}`;
}

/** For each flower whose guess is wrong, the probability of every species. ✓ marks what it is, ✗ the guess. */
export function drawMistakes({ probabilities, guesses }: Classification, { species }: Flowers): string[] {
  const mistakes = Array.from(guesses.keys()).filter((row) => guesses[row] !== species[row]);
  return mistakes.flatMap((row) => [
    `  Flower ${row + 1}`,
    ...SPECIES.map((name, c) => {
      const p = probabilities[row * CLASSES + c];
      const mark = c === species[row] ? "✓" : c === guesses[row] ? "✗" : "";
      return `    ${name.padEnd(12)}${bar(p, 24)} ${`${(100 * p).toFixed(1)} %`.padStart(7)} ${mark}`.trimEnd();
    }),
  ]);
}
