import { logit } from "../../src/index.js";
import type { Colours } from "../bars.js";
import { page } from "../lines.js";

const LEVELS = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
/** Both logits run from -RANGE to RANGE. */
const RANGE = 4;
const SIZE = 264;
const TOP = 78;
const LEFTS = [84, 442];

/** Where the difference of the logits on a contour is `difference`: its ends in the square. */
export function ends(difference: number): readonly [x1: number, x2: number][] {
  const cut = RANGE - Math.abs(difference);
  return difference >= 0
    ? [
        [-cut, -RANGE],
        [RANGE, cut],
      ]
    : [
        [-RANGE, -cut],
        [cut, RANGE],
      ];
}

/**
 * The components of softmax([x1, x2]) over the plane. The first one is sigmoid(x1 - x2), so its contour at a level is the line
 * x1 - x2 = logit(level), and that of the second one the same line with the sign reversed.
 */
export function contours(colours: Colours): string {
  return page(
    {
      title: "The two components of softmax([x₁, x₂]): each depends on x₁ − x₂ alone",
      footer:
        "Computed: the contour at p is the line where the difference of the logits is log(p / (1 − p)).",
      height: TOP + SIZE + 78,
      content: LEFTS.map((left, k) => square(k === 0 ? 1 : -1, left, colours)).join("\n"),
    },
    colours,
  );
}

function square(sign: 1 | -1, left: number, { text, muted, bars }: Colours): string {
  const bottom = TOP + SIZE;
  const at = ([x1, x2]: readonly [number, number]) =>
    `${(left + (SIZE * (x1 + RANGE)) / (2 * RANGE)).toFixed(1)} ${(bottom - (SIZE * (x2 + RANGE)) / (2 * RANGE)).toFixed(1)}`;
  const ticks = [-RANGE, -RANGE / 2, 0, RANGE / 2, RANGE].map((tick) => {
    const along = (SIZE * (tick + RANGE)) / (2 * RANGE);
    const number = String(tick).replace("-", "−");
    return `<text x="${left + along}" y="${bottom + 16}" text-anchor="middle" fill="${muted}">${number}</text>
<text x="${left - 8}" y="${bottom - along + 4}" text-anchor="end" fill="${muted}">${number}</text>`;
  });
  const lines = LEVELS.map((level) => {
    const difference = sign * logit(level);
    const [from, to] = ends(difference);
    // The side where the component is larger: each level that it is above makes it darker.
    const corners: [number, number][] = [
      [RANGE, RANGE],
      [sign * RANGE, -sign * RANGE],
      [-RANGE, -RANGE],
    ];
    const above = corners.filter(([x1, x2]) => sign * (x1 - x2 - difference) > 0);
    const [x, y] = at(to).split(" ").map(Number);
    const place =
      difference > 0
        ? `x="${x + 5}" y="${y + 4}"`
        : `x="${x + (difference === 0 ? 5 : 0)}" y="${y - 5}"${difference === 0 ? "" : ' text-anchor="middle"'}`;
    return `<path d="M${[from, to, ...above].map(at).join("L")}Z" fill="${bars[0]}" fill-opacity=".1"/>
<path d="M${at(from)}L${at(to)}" stroke="${text}" stroke-width="${level === 0.5 ? 1.6 : 0.8}"/>
<text ${place} fill="${muted}" font-size="11">${level}</text>`;
  });
  const middle = left + SIZE / 2;
  return `<text x="${left}" y="${TOP - 26}" fill="${text}">the ${sign === 1 ? "first" : "second"} component</text>
${lines.join("\n")}
<path d="M${left} ${TOP}h${SIZE}v${SIZE}h${-SIZE}Z" fill="none" stroke="${muted}"/>
${ticks.join("\n")}
<text x="${middle}" y="${bottom + 36}" text-anchor="middle" fill="${muted}">x₁</text>
<text x="${left - 32}" y="${TOP + SIZE / 2 + 4}" text-anchor="end" fill="${muted}">x₂</text>`;
}
