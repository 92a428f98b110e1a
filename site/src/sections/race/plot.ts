import { scaleLog } from "d3-scale";
import { svg, type TemplateResult } from "lit-html";
import { chart } from "../../shared/chart.js";
import { labelOf } from "./protocol.js";
import { type Race, ranked, type Standing, type Times } from "./standings.js";

export const LOOP = "Loop with Math.exp";

const ROW = 42;
const AXIS = 24;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500];

type Timed = Standing & { readonly times: Times };

/** A row for each that has a time, the fastest first: the median as a dot, the quartiles as a bar, over nanoseconds. */
export function plot({ standings, shape }: Race): TemplateResult {
  const rows = ranked(standings).filter((standing): standing is Timed => standing.times !== undefined);
  const all = rows.flatMap(({ times: { median, quartiles } }) => [median, ...quartiles]);
  const x = scaleLog([Math.min(...all) / 1.15, Math.max(...all) * 1.15], [0, 100]);
  const [least, most] = x.domain();
  const ticks = TICKS.filter((tick) => tick >= least && tick <= most);
  const height = rows.length * ROW + AXIS;
  const loop = rows.find(({ name }) => name === LOOP)?.times.median;
  return chart({
    title: `softmax of ${labelOf(shape)}`,
    note: "nanoseconds per element, and × the speed of the loop",
    picture: svg`
      <svg class="standings" height=${height} aria-hidden="true">
        ${ticks.map(
          (tick) => svg`
          <line class="grid" x1="${x(tick)}%" x2="${x(tick)}%" y1="0" y2=${height - AXIS}></line>
          <text x="${x(tick)}%" y=${height - 6} text-anchor="middle">${tick}</text>`,
        )}
        ${rows.map((row, k) => svg`<svg class=${classOf(row)} y=${k * ROW}>${rowOf(row, x, loop)}</svg>`)}
      </svg>`,
    text: sentence(rows, loop),
    table: {
      head: ["", "Median, ns", "Quartiles, ns", "Times the loop", "A call includes"],
      rows: rows.map(({ name, times, includes }) => [
        name,
        digits(times.median),
        times.quartiles.map(digits).join(" to "),
        loop === undefined ? "" : digits(loop / times.median),
        includes,
      ]),
    },
  });
}

function rowOf(
  { name, times: { median, quartiles } }: Timed,
  x: (at: number) => number,
  loop: number | undefined,
) {
  const [lower, upper] = quartiles.map(x);
  const factor = loop === undefined || name === LOOP ? "" : `, ${digits(loop / median)} ×`;
  return svg`
    <text class="name" x="0" y="16">${name}</text>
    <text x="100%" y="16" text-anchor="end">${digits(median)} ns${factor}</text>
    <line class="track" x1="0" x2="100%" y1="28" y2="28"></line>
    <line class="quartiles" x1="${lower}%" x2="${upper}%" y1="28" y2="28"></line>
    <circle cx="${x(median)}%" cy="28" r="5"></circle>`;
}

function classOf({ of, name }: Timed): string {
  return of === "others" ? "others" : name.endsWith(" js") ? "js" : "ours";
}

function sentence(rows: readonly Timed[], loop: number | undefined): string {
  if (rows.length === 0) return "No time has been taken yet.";
  const [{ name, times }] = rows;
  const factor =
    loop === undefined || name === LOOP ? "" : `, ${digits(loop / times.median)} times as fast as the loop`;
  return `${name} is fastest: ${digits(times.median)} nanoseconds per element${factor}.`;
}

/** Three digits. */
export function digits(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
