import { bar } from "../bar.js";
import { bold, hasColors } from "../terminal.js";
import { SIDE } from "./data.js";

/** Every MNIST digit fits into a box of 20 × 20. */
const BOX = 20;
const BAR = 12;

/** Ten lines of twenty characters, each of which shows two pixels, one above the other. */
export function drawDigit(pixels: Float32Array): string[] {
  const inked = Array.from(pixels.keys()).filter((index) => pixels[index] > 0);
  const top = boxStart(inked.map((index) => Math.floor(index / SIDE)));
  const left = boxStart(inked.map((index) => index % SIDE));
  const draw = hasColors ? shade : outline;
  return Array.from({ length: BOX / 2 }, (_, line) => {
    const start = (top + 2 * line) * SIDE + left;
    return draw(pixels.subarray(start, start + BOX), pixels.subarray(start + SIDE, start + SIDE + BOX));
  });
}

/** Where the box begins that has the inked rows (or columns) in its middle. */
function boxStart(inked: readonly number[]): number {
  const middle = (Math.min(...inked) + Math.max(...inked) + 1) / 2;
  return Math.min(Math.max(Math.round(middle - BOX / 2), 0), SIDE - BOX);
}

function outline(upper: Float32Array, lower: Float32Array): string {
  return Array.from(upper, (ink, i) => " ▄▀█"[(ink > 0.4 ? 2 : 0) + (lower[i] > 0.4 ? 1 : 0)]).join("");
}

/** Greys 232 to 255 of the terminal's palette: the upper pixel in the foreground, the lower one behind it. */
function shade(upper: Float32Array, lower: Float32Array): string {
  const grey = (ink: number) => 232 + Math.round(ink * 23);
  const cells = Array.from(upper, (ink, i) => `\x1b[38;5;${grey(ink)};48;5;${grey(lower[i])}m▀`);
  return `${cells.join("")}\x1b[0m`;
}

/** One line per class: its probability as a bar and in per cent. ✓ marks the label, ✗ a wrong guess. */
export function drawProbabilities(probabilities: Float32Array, label: number, guess: number): string[] {
  return Array.from(probabilities, (probability, digit) => {
    const percent = `${(100 * probability).toFixed(1)} %`.padStart(7);
    const mark = digit === label ? "✓" : digit === guess ? "✗" : " ";
    const line = `${digit} ${bar(probability, BAR)} ${percent} ${mark}`;
    return digit === label || digit === guess ? bold(line) : line;
  });
}
