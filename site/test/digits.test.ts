import type { Page } from "playwright";
import { expect, test } from "vitest";
import { touch, visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };

type Point = readonly [x: number, y: number];

const CIRCLE = Array.from({ length: 33 }, (_, k): Point => {
  const angle = (2 * Math.PI * k) / 32;
  return [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)];
});
const SEVEN: readonly Point[] = [
  [0.3, 0.25],
  [0.7, 0.25],
  [0.45, 0.8],
];

/** The section with its network loaded. */
async function section(page: Page) {
  const found = page.locator("#digits");
  await found.scrollIntoViewIfNeeded();
  await found.locator(".pad").waitFor({ timeout: 10_000 });
  await found.locator(".pad").scrollIntoViewIfNeeded();
  return found;
}

/** Points of the paper in the window. */
async function placed(page: Page, points: readonly Point[]) {
  const box = await page.locator("#digits .pad").boundingBox();
  if (!box) throw new Error("there is no paper");
  return points.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height }));
}

async function drawByMouse(page: Page, points: readonly Point[]): Promise<void> {
  const [first, ...others] = await placed(page, points);
  await page.mouse.move(first.x, first.y);
  await page.mouse.down();
  for (const { x, y } of others) await page.mouse.move(x, y, { steps: 3 });
  await page.mouse.up();
}

const status = (page: Page) => page.locator("#digits [role=status]").textContent();
/** The probabilities of the ten digits in a column of the table, in per cent. */
const column = async (page: Page, k: number) =>
  (await page.locator(`#digits .bar-table tbody td:nth-child(${k})`).allTextContents())
    .slice(0, 10)
    .map(Number.parseFloat);

test("a small digit in a corner is centred and scaled, so it is read alike", () =>
  visit("", WIDE, async ({ page }) => {
    await section(page);
    await drawByMouse(
      page,
      SEVEN.map(([x, y]) => [0.4 * x, 0.4 * y] as const),
    );
    await expect.poll(() => status(page)).toMatch(/^A 7: /);
  }));

test("a finger draws, and does not scroll", () =>
  visit("", { viewport: { width: 390, height: 844 }, hasTouch: true }, async ({ page }) => {
    await section(page);
    const before = await page.evaluate(() => scrollY);
    await touch(page, await placed(page, CIRCLE));
    await expect.poll(() => status(page)).toMatch(/^A 0: /);
    expect(await page.evaluate(() => scrollY)).toBe(before);
  }));

test("a digit is chosen by the keyboard, and the temperature makes the network less sure", () =>
  visit("", WIDE, async ({ page }) => {
    const digits = await section(page);
    await digits.getByRole("button", { name: "A 2 of MNIST" }).first().focus();
    await page.keyboard.press("Enter");
    expect(await status(page)).toMatch(/^A 2: /);

    const said = (title: string) =>
      digits.locator(`[role=img][aria-label^="${title}"]`).getAttribute("aria-label");
    const error = async () => Number(/Calibration error ([\d.]+)/.exec((await said("At T")) ?? "")?.[1]);
    const fitted = await error();
    expect(fitted).toBeLessThan(2);
    expect(Number(/Calibration error ([\d.]+)/.exec((await said("As trained")) ?? "")?.[1])).toBeGreaterThan(
      3,
    );
    const sure = Math.max(...(await column(page, 4)));
    expect(sure).toBeLessThan(Math.max(...(await column(page, 3))));

    await digits.getByRole("slider").press("End");
    expect(await digits.getByRole("slider").getAttribute("aria-valuetext")).toBe("T\u00a0=\u00a08.00");
    expect(await error()).toBeGreaterThan(20);
    expect(Math.max(...(await column(page, 4)))).toBeLessThan(sure);
    await digits.getByRole("button", { name: "Fit" }).click();
    expect(await error()).toBe(fitted);
  }));
