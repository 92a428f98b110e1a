import { scaleLog } from "d3-scale";
import { svg, type TemplateResult } from "lit-html";
import { chart } from "../../shared/chart.js";
import { whole } from "../../shared/numbers.js";
import type { Distribution } from "./distribution.js";

const HEIGHT = 240;
const TOP = 16;
const BOTTOM = 22;
/** Of the axis of probabilities; what is less likely lies on the floor. */
const LEAST = 1e-7;
/** Ranks at which the curve has a corner: so many that no eye sees them. */
const POINTS = 240;

/** The probabilities of all words by rank, both logarithmic, and where each filter cuts. */
export function rankChart(distribution: Distribution): TemplateResult {
  const { order, tempered, left, alone } = distribution;
  const words = order.length;
  // Shares of the width in per cent: the picture is as wide as its place, and its letters are not stretched.
  const x = scaleLog([1, words], [0, 100]);
  const y = scaleLog([LEAST, 1], [HEIGHT - BOTTOM, TOP]).clamp(true);
  const at = (rank: number) => y(Math.max(tempered[order[rank - 1]], LEAST));
  const ranks = [
    ...new Set(Array.from({ length: POINTS }, (_, k) => Math.round(words ** (k / (POINTS - 1))))),
  ];
  const line = (to: number) =>
    ranks
      .filter((rank) => rank < to)
      .concat(to)
      .map((rank) => `${x(rank)},${at(rank)}`);
  const floor = HEIGHT - BOTTOM;
  return chart({
    title: `All ${whole(words)} words, the likeliest first`,
    note: "rank and probability, both logarithmic",
    picture: svg`
      <svg class="ranks" height=${HEIGHT} aria-hidden="true">
        ${[1, 1e-2, 1e-4, 1e-6].map((p) => svg`<line class="grid" x1="0" x2="100%" y1=${y(p)} y2=${y(p)}></line>`)}
        <svg viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" width="100%" height=${HEIGHT}>
          <polygon class="kept" points=${[`0,${floor}`, ...line(left), `${x(left)},${floor}`].join(" ")}></polygon>
          <polyline class="curve" points=${line(words).join(" ")}></polyline>
        </svg>
        ${[1, 1e-2, 1e-4, 1e-6].map((p) => svg`<text x="100%" y=${y(p) - 4} text-anchor="end">${p === 1 ? "100 %" : `${Number((100 * p).toPrecision(1))} %`}</text>`)}
        ${[1, 10, 100, 1000, 10_000].map((rank) => svg`<text x="${x(rank)}%" y=${HEIGHT - 6} text-anchor=${rank === 1 ? "start" : "middle"}>${whole(rank)}</text>`)}
        ${alone.map(({ name, left: limit }, k) => cut(name, x(limit), TOP + 14 * k))}
      </svg>`,
    text: keptText(distribution),
    table: {
      head: ["Filter", "Keeps by itself"],
      rows: alone.map(({ name, left }) => [name, whole(left)]),
    },
  });
}

/** How many words each filter keeps by itself, and how many stay after all of them. */
export function keptText({ order, left, alone }: Distribution): string {
  const each = alone.map(({ name, left }) => `${name} keeps ${whole(left)}`);
  const all = `${whole(left)} of ${whole(order.length)} words may be drawn.`;
  return each.length === 0 ? all : `By itself ${each.join(", ")}. Together: ${all}`;
}

function cut(name: string, x: number, y: number) {
  const side = x > 70 ? { anchor: "end", dx: -5 } : { anchor: "start", dx: 5 };
  return svg`
    <line class="cut" x1="${x}%" x2="${x}%" y1=${y - 10} y2=${HEIGHT - BOTTOM}></line>
    <text class="name" x="${x}%" dx=${side.dx} y=${y} text-anchor=${side.anchor}>${name}</text>`;
}
