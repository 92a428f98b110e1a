import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pixelmatch from "pixelmatch";
import type { Page } from "playwright";
import { PNG } from "pngjs";

/** The pictures that are kept were taken in these. */
export const FONTS = "DejaVu Sans, DejaVu Sans Mono, DejaVu Serif";
/** A pixel of a picture is the mean of a square of so many of the screen: letters become grey, however a host smooths them. */
const SIDE = 6;
/** Between two values of a colour: more of them make files of several times the size. */
const STEP = 17;
/** Of the pixels of a picture. */
const MOST_DIFFERENT = 0.001;
const FOLDER = join(import.meta.dirname, "../pictures");

/** The fonts that text, code and the novel are shown in here. */
export async function fontsOf(page: Page): Promise<string> {
  const client = await page.context().newCDPSession(page);
  await client.send("DOM.enable");
  await client.send("CSS.enable");
  const { root } = await client.send("DOM.getDocument");
  const names = ["h1", ".install code", ".written"].map(async (selector) => {
    const { nodeId } = await client.send("DOM.querySelector", { nodeId: root.nodeId, selector });
    const { fonts } = await client.send("CSS.getPlatformFontsForNode", { nodeId });
    return fonts[0]?.familyName;
  });
  return (await Promise.all(names)).join(", ");
}

/** What differs between a screenshot and the picture that is kept of it, in words; undefined if too little does. With `renew` the screenshot is kept. */
export function differenceOf(
  name: string,
  screenshot: Buffer,
  into: string,
  renew: boolean,
): string | undefined {
  const kept = join(FOLDER, `${name}.png`);
  const now = reduce(PNG.sync.read(screenshot));
  if (renew) writeFileSync(kept, PNG.sync.write(now, { colorType: 2 }));
  if (!existsSync(kept)) return `${name}: no picture is kept`;
  const before = PNG.sync.read(readFileSync(kept));
  const { width, height } = before;
  if (now.width !== width || now.height !== height)
    return `${name}: ${now.width} × ${now.height} pixels, not ${width} × ${height}`;
  const difference = new PNG({ width, height });
  const count = pixelmatch(before.data, now.data, difference.data, width, height, { includeAA: true });
  if (count <= MOST_DIFFERENT * width * height) return undefined;
  writeFileSync(join(into, `${name}-difference.png`), PNG.sync.write(difference));
  return `${name}: ${count} of ${width * height} pixels differ`;
}

function reduce({ width, height, data }: PNG): PNG {
  const small = new PNG({ width: Math.floor(width / SIDE), height: Math.floor(height / SIDE) });
  for (let y = 0; y < small.height; y++)
    for (let x = 0; x < small.width; x++)
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (let k = 0; k < SIDE * SIDE; k++) {
          const [row, column] = [SIDE * y + Math.floor(k / SIDE), SIDE * x + (k % SIDE)];
          sum += data[4 * (row * width + column) + channel];
        }
        small.data[4 * (y * small.width + x) + channel] = STEP * Math.round(sum / SIDE ** 2 / STEP);
      }
  return small;
}
