import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { findings } from "./support/findings.js";
import { differenceOf, FONTS, fontsOf } from "./support/pictures.js";
import { scrollThrough, visitor } from "./support/visit.js";

const visit = visitor();
/** For people to look at, and with what differs from the pictures that are kept. */
const SCREENSHOTS = join(import.meta.dirname, "../../build/site/screenshots");
mkdirSync(SCREENSHOTS, { recursive: true });

/** What depends on the time it took. */
const TIMES = "output.frame { visibility: hidden }";
const WIDTHS = [390, 768, 1440, 1920];
const THEMES = ["light", "dark"] as const;
/** By their names. */
const screenshots = new Map<string, Buffer>();
let fonts = "";

test(
  "at every width and in both themes: no finding of axe, nothing too wide",
  () =>
    visit("", {}, async ({ page }) => {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await scrollThrough(page);
        await page.evaluate(() => scrollTo(0, 0));
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        for (const colorScheme of THEMES) {
          await page.emulateMedia({ colorScheme });
          expect(await findings(page), `at ${width} px, ${colorScheme}`).toEqual([]);
          const name = `page-${width}-${colorScheme}`;
          const options = { path: join(SCREENSHOTS, `${name}.png`), fullPage: true, style: TIMES };
          screenshots.set(name, await page.screenshot(options));
        }
      }
      fonts = await fontsOf(page);
    }),
  300_000,
);

test("the page looks as it did", ({ skip }) => {
  expect(screenshots.size).toBe(WIDTHS.length * THEMES.length);
  skip(fonts !== FONTS, `the pictures were taken in ${FONTS}; this host has ${fonts}`);
  const kept = [...screenshots].filter(([name]) => !name.includes("1920"));
  const differences = kept.map(([name, picture]) =>
    differenceOf(name, picture, SCREENSHOTS, inject("renew")),
  );
  expect(differences.filter(Boolean)).toEqual([]);
});

test.each(["guide", "functions"])("reference/%s.html: no finding of axe, nothing too wide", (name) =>
  visit(`reference/${name}.html`, { viewport: { width: 390, height: 900 } }, async ({ page }) => {
    expect(await findings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-390.png`) });
  }),
);

test("headings go down by one level, and each section is named by its own", () =>
  visit("", {}, async ({ page }) => {
    await scrollThrough(page);
    const levels = await page
      .locator("h1, h2, h3, h4")
      .evaluateAll((all) => all.map(({ tagName }) => Number(tagName[1])));
    expect(levels[0]).toBe(1);
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
  }));

test("the switch of the theme is kept", () =>
  visit("", { colorScheme: "light" }, async ({ page }) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "Colours: Auto" }).click();
    expect(await ground()).toBe(light);
    await page.getByRole("button", { name: "Colours: Light" }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    expect(await ground()).not.toBe(light);
  }));

test("all scripts of the page are under 200 KB", () =>
  visit("", {}, async ({ page, scripts }) => {
    await scrollThrough(page);
    await page.waitForLoadState("networkidle");
    const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
    console.log(`${scripts.size} scripts of ${bytes} bytes`);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(200_000);
  }));
