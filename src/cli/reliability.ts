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
const MARGIN = 52;
const TOP = 84;

export interface PlotColours {
  readonly page: string;
  readonly text: string;
  readonly muted: string;
  /** Of the share that is right, and of the confidence. */
  readonly bars: readonly string[];
}

const PAPER: PlotColours = {
  page: "#ffffff",
  text: "#1f2328",
  muted: "#59636e",
  bars: ["#3b6fb6", "#c2410c"],
};

/** The same as SVG, side by side. */
export function plotOf(
  before: Calibration,
  after: Calibration,
  temperature: number,
  colours = PAPER,
  note = "",
): string {
  const width = 2 * (SIZE + MARGIN) + MARGIN;
  const height = SIZE + 2 * MARGIN + 68;
  const title = `Reliability before and after temperature scaling, T = ${Number(temperature.toPrecision(4))}`;
  const { page, text, muted, bars } = colours;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="${page}"/>
<text x="${MARGIN}" y="20" font-weight="600" fill="${text}">${title}</text>
<rect x="${MARGIN}" y="34" width="11" height="11" fill="${bars[0]}"/><text x="${MARGIN + 17}" y="44" fill="${muted}">share that is right</text>
<path d="M${MARGIN + 140} 40h14" stroke="${bars[1]}" stroke-width="2"/><text x="${MARGIN + 160}" y="44" fill="${muted}">mean confidence, which it should be</text>
${panel(before, MARGIN, "before", colours)}
${panel(after, 2 * MARGIN + SIZE, "after", colours)}
<text x="${MARGIN}" y="${height - 10}" font-size="11" fill="${muted}">${note}</text>
</svg>
`;
}

function panel(
  { bins, calibrationError }: Calibration,
  left: number,
  name: string,
  { text, muted, bars: [share, sure] }: PlotColours,
): string {
  const bottom = TOP + SIZE;
  const step = SIZE / bins.length;
  const bars = bins.flatMap(({ count, confidence, accuracy }, k) => {
    if (count === 0) return [];
    const x = (left + k * step).toFixed(1);
    const top = (bottom - accuracy * SIZE).toFixed(1);
    const fit = (bottom - confidence * SIZE).toFixed(1);
    const width = (step - 1).toFixed(1);
    return [
      `<rect x="${x}" y="${top}" width="${width}" height="${(accuracy * SIZE).toFixed(1)}" fill="${share}"/><path d="M${x} ${fit}h${width}" stroke="${sure}" stroke-width="2"/>`,
    ];
  });
  const ticks = [0, 0.5, 1].map((tick) => {
    const x = left + tick * SIZE;
    const y = bottom - tick * SIZE;
    return `<text x="${x}" y="${bottom + 16}" text-anchor="middle" fill="${muted}">${tick}</text><text x="${left - 6}" y="${y + 4}" text-anchor="end" fill="${muted}">${tick}</text>`;
  });
  return `<text x="${left}" y="${TOP - 12}" fill="${text}">${name}: calibration error ${calibrationError.toFixed(4)}</text>
<path d="M${left} ${TOP}v${SIZE}h${SIZE}" fill="none" stroke="${muted}"/>
<path d="M${left} ${bottom}L${left + SIZE} ${TOP}" stroke="${muted}" stroke-dasharray="3 3"/>
${bars.join("\n")}
${ticks.join("\n")}
<text x="${left + SIZE / 2}" y="${bottom + 34}" text-anchor="middle" fill="${muted}">confidence</text>
<text transform="translate(${left - 34} ${TOP + SIZE / 2}) rotate(-90)" text-anchor="middle" fill="${muted}">share that is right</text>`;
}
