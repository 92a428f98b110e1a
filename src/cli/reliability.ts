/** Reliability diagrams: how often rows of a confidence are right, before and after temperature scaling. */
import type { Calibration } from "../index.js";

const WIDTH = 30;

/** For the terminal: a line per bin, with the share that is right as a bar, and a mark at the confidence. */
export function diagramOf(before: Calibration, after: Calibration): string {
  return `${half("before", before)}\n${half("after", after)}`;
}

function half(title: string, { bins }: Calibration): string {
  const lines = bins.flatMap(({ count, confidence, accuracy }, k) => {
    if (count === 0) return [];
    const right = Math.round(accuracy * WIDTH);
    const sure = Math.min(WIDTH - 1, Math.round(confidence * WIDTH));
    const bar = Array.from({ length: WIDTH }, (_, at) => (at === sure ? "│" : at < right ? "█" : "·")).join(
      "",
    );
    const range = `${(k / bins.length).toFixed(2)}–${((k + 1) / bins.length).toFixed(2)}`;
    return `${range}  ${bar}  ${accuracy.toFixed(3)}  ${count.toLocaleString("en-US").padStart(9)}\n`;
  });
  const head = `${"confidence"}  ${`right, ${title} (│ is what would fit)`.padEnd(WIDTH)}  ${"".padEnd(5)}  ${"rows".padStart(9)}\n`;
  return head + lines.join("");
}

const SIZE = 220;
const MARGIN = 48;

/** The same as SVG, side by side. */
export function plotOf(before: Calibration, after: Calibration, temperature: number): string {
  const width = 2 * (SIZE + MARGIN) + MARGIN;
  const height = SIZE + 2 * MARGIN;
  const title = `Reliability before and after temperature scaling, T = ${Number(temperature.toPrecision(4))}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${panel(before, MARGIN, "before")}
${panel(after, 2 * MARGIN + SIZE, "after")}
</svg>
`;
}

function panel({ bins, calibrationError }: Calibration, left: number, name: string): string {
  const bottom = MARGIN + SIZE;
  const step = SIZE / bins.length;
  const bars = bins.map(({ count, confidence, accuracy }, k) => {
    if (count === 0) return "";
    const x = (left + k * step).toFixed(1);
    const top = (bottom - accuracy * SIZE).toFixed(1);
    const fit = (bottom - confidence * SIZE).toFixed(1);
    return `<rect x="${x}" y="${top}" width="${(step - 1).toFixed(1)}" height="${(accuracy * SIZE).toFixed(1)}" fill="#3b6fb6"/><path d="M${x} ${fit}h${(step - 1).toFixed(1)}" stroke="#c2410c" stroke-width="2"/>`;
  });
  return `<text x="${left + SIZE / 2}" y="${MARGIN - 16}" text-anchor="middle">${name}: calibration error ${calibrationError.toFixed(4)}</text>
<path d="M${left} ${MARGIN}v${SIZE}h${SIZE}" fill="none" stroke="#555"/>
<path d="M${left} ${bottom}L${left + SIZE} ${MARGIN}" stroke="#999" stroke-dasharray="3 3"/>
${bars.join("\n")}
<text x="${left}" y="${bottom + 16}">0</text><text x="${left + SIZE}" y="${bottom + 16}" text-anchor="end">1</text>
<text x="${left + SIZE / 2}" y="${bottom + 32}" text-anchor="middle">confidence</text>
<text x="${left - 12}" y="${bottom - SIZE / 2}" text-anchor="middle" transform="rotate(-90 ${left - 12} ${bottom - SIZE / 2})">share that is right</text>`;
}
