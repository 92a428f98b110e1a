import { scaleLinear } from "d3-scale";
import { html, svg, type TemplateResult } from "lit-html";
import { short } from "../../shared/numbers.js";

export interface Bar {
  label: string;
  value: number;
  /** "cut": what a filter leaves out. "other": of another implementation, beside ours. */
  kind?: "cut" | "other";
  /** A second value, drawn as a line above or below. */
  mark?: number | undefined;
}

export interface BarsOptions {
  height: number;
  /** The other end of the axis is 0. */
  limit: number;
  /** Whether bars have their labels below. Default: if they have room. */
  labels?: boolean;
}

const BOTTOM = 20;
/** Bars with labels. */
const MOST_LABELS = 16;
/** Of all labels, on a phone. Where they are longer, only some are written. */
const MOST_LETTERS = 40;

/** Bars from 0 up, or down to a limit below 0. Widths are shares of the picture's, so that nothing has to be measured. */
export function bars(
  list: readonly Bar[],
  { height, limit, labels = list.length <= MOST_LABELS }: BarsOptions,
): TemplateResult {
  const isDown = limit < 0;
  const y = scaleLinear([0, limit], isDown ? [BOTTOM, height] : [height - BOTTOM, 4]).clamp(true);
  const width = 100 / list.length;
  const gap = list.length > 40 ? 0.1 : 0.24;
  const letters = list.reduce((most, { label }) => Math.max(most, label.length), 1);
  const every = Math.ceil((list.length * letters) / MOST_LETTERS);
  // "100k": more than four digits have no room.
  const thousands = y.tickFormat(4, "~s");
  const tickText = (tick: number) => (tick === 0 || Math.abs(limit) < 1e4 ? short(tick) : thousands(tick));
  const place = (value: number) => y(Number.isNaN(value) ? 0 : value);
  return html`
    <svg class="plot" height=${height} aria-hidden="true">
      ${y.ticks(4).map(
        (tick) => svg`
          <line x2="100%" y1=${y(tick)} y2=${y(tick)} stroke="var(--${tick === 0 ? "line" : "grid"})" />
          <text x="-8" y=${y(tick)} dy="0.35em" text-anchor="end">${tickText(tick)}</text>`,
      )}
      ${list.map(({ label, value, kind, mark }, i) => {
        const end = place(value);
        const x = width * (i + gap / 2);
        const size = width * (1 - gap);
        return svg`
          <g class="bar ${kind ?? ""}">
            <rect x="${x}%" width="${size}%" y=${Math.min(y(0), end)} height=${Math.abs(end - y(0))}><title .textContent=${`${label}: ${short(value)}`}></title></rect>
            ${mark === undefined ? "" : svg`<line class="mark" x1="${x}%" x2="${x + size}%" y1=${place(mark)} y2=${place(mark)} />`}
            ${labels && i % every === 0 ? svg`<text x="${width * (i + 0.5)}%" y=${isDown ? 12 : height - 5} text-anchor="middle">${label}</text>` : ""}
          </g>`;
      })}
    </svg>`;
}

/** A limit that changes in steps, so that the axis rests while bars move. */
export function roundLimit(largest: number): number {
  const base = 10 ** Math.floor(Math.log10(largest));
  return base * ([1, 1.5, 2, 3, 4, 5, 6, 8].find((step) => step * base >= largest * (1 - 1e-12)) ?? 10);
}
