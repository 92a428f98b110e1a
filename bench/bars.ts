/** Horizontal bars in groups, as SVG for a page of documentation. */
export interface Bars {
  readonly title: string;
  /** What is said below: the machine, the engine. */
  readonly footer: string;
  readonly bars: readonly string[];
  /** A value for each bar. One that is undefined has none. */
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

export interface Colours {
  /** Behind all: a picture may stand on a page of the other theme, as on npm. */
  readonly page: string;
  readonly text: string;
  readonly muted: string;
  readonly bars: readonly string[];
}

const WIDTH = 760;
const LEFT = 150;
const RIGHT = 50;
const BAR = 11;
const LEGEND = 28;
const LINE = 16;

/** The first bar of each group is ours: its number stands out. */
export function barChart(
  { title, footer, bars: names, groups }: Bars,
  { page, text, muted, bars }: Colours,
): string {
  const most = Math.max(...groups.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const scale = (WIDTH - LEFT - RIGHT) / most;

  let at = LEFT;
  let line = LEGEND;
  const legend = names.map((name, k) => {
    const width = BAR + 30 + 7 * name.length;
    if (at > LEFT && at + width > WIDTH + 60) {
      at = LEFT;
      line += LINE;
    }
    const key = `<rect x="${at}" y="${line}" width="${BAR}" height="${BAR}" fill="${bars[k]}"/>
  <text x="${at + BAR + 5}" y="${line + 10}" fill="${muted}">${name}</text>`;
    at += width;
    return key;
  });

  const first = line + 24;
  const group = names.length * BAR + 12;
  const height = first + groups.length * group + 18;
  const rows = groups.flatMap(({ name, values }, g) => {
    const top = first + g * group;
    const cells = values.flatMap((value, k) => {
      if (value === undefined) return [];
      const y = top + k * BAR;
      return [
        `<rect x="${LEFT}" y="${y}" width="${(value * scale).toFixed(1)}" height="${BAR - 1}" fill="${bars[k]}"/>
  <text x="${(LEFT + value * scale + 5).toFixed(1)}" y="${y + BAR - 2}" fill="${k === 0 ? text : muted}">${value.toFixed(1)}</text>`,
      ];
    });
    const y = top + (names.length * BAR) / 2 + 4;
    return [`<text x="${LEFT - 10}" y="${y}" text-anchor="end" fill="${text}">${name}</text>`, ...cells];
  });
  const [what] = title.split(", ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12">
  <title>${what}</title>
  <rect width="${WIDTH}" height="${height}" fill="${page}"/>
  <text x="${LEFT}" y="14" font-weight="600" fill="${text}">${title}</text>
  ${[...legend, ...rows].join("\n  ")}
  <text x="${LEFT}" y="${height - 6}" font-size="11" fill="${muted}">${footer}</text>
</svg>
`;
}
