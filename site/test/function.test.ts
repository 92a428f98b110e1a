import type { Page } from "playwright";
import { expect, test } from "vitest";
import { visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };

/** The red, green and blue of points of a canvas, as shares of its width and height. */
const pixels = (page: Page, canvas: number, points: [number, number][]) =>
  page
    .locator("#function canvas")
    .nth(canvas)
    .evaluate((element, list) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      context?.drawImage(element as HTMLCanvasElement, 0, 0);
      return list.map(([x, y]) => Array.from(context?.getImageData(x * width, y * height, 1, 1).data ?? []));
    }, points);

test("level lines are parallel, and the temperature moves them", () =>
  visit("", WIDE, async ({ page }) => {
    await page.locator("#function").scrollIntoViewIfNeeded();
    const took = page.locator("output.frame");
    await expect.poll(() => took.textContent()).toMatch(/^This frame: [\d,]+ softmaxes in [\d.]+ ms/);
    // The same difference of the logits, at two places apart from lines and labels.
    const place = async () => {
      const { w, h, side, left } = await page
        .locator("#function canvas")
        .first()
        .evaluate((element) => {
          const { width: w, height: h, clientWidth } = element as HTMLCanvasElement;
          const ratio = w / clientWidth;
          const left = Math.round(26 * ratio);
          return { w, h, left, side: Math.min(w - left, h - Math.round(22 * ratio)) };
        });
      const at = (x1: number, x2: number): [number, number] => [
        (left + (side * (x1 + 4)) / 8) / w,
        (side * (4 - x2)) / 8 / h,
      ];
      return [at(2.5, 2.3), at(-2.3, -2.5), at(3, -3)];
    };
    const [a, b, c] = await pixels(page, 0, (await place()) as [number, number][]);
    for (let k = 0; k < 3; k++) expect(Math.abs(a[k] - b[k])).toBeLessThanOrEqual(4);
    expect(Math.abs(a[0] - c[0])).toBeGreaterThan(50);

    const before = await took.textContent();
    await page.locator("#function").getByRole("slider").press("Home");
    await expect.poll(() => took.textContent()).not.toBe(before);
    const [sharp] = await pixels(page, 0, (await place()) as [number, number][]);
    // At T = 0.05 a difference of 0.2 is a probability of 0.98.
    for (let k = 0; k < 3; k++) expect(Math.abs(sharp[k] - c[k])).toBeLessThanOrEqual(8);
  }));

test("the corners of the triangle have colours of their own, its middle mixes them", () =>
  visit("", WIDE, async ({ page }) => {
    await page.locator("#function").scrollIntoViewIfNeeded();
    await expect.poll(() => page.locator("output.frame").textContent()).toMatch(/softmaxes/);
    const [left, right, top, middle] = await pixels(page, 2, [
      [0.06, 0.9],
      [0.94, 0.9],
      [0.5, 0.14],
      [0.5, 0.62],
    ]);
    expect(left[2]).toBeGreaterThan(150);
    expect(right[0]).toBeGreaterThan(150);
    expect(top[1]).toBeGreaterThan(100);
    for (const channel of [0, 1, 2]) {
      const ends = [left, right, top].map((colour) => colour[channel]);
      expect(middle[channel]).toBeGreaterThan(Math.min(...ends));
      expect(middle[channel]).toBeLessThan(Math.max(...ends));
    }
  }));
