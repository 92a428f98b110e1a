import type { Page } from "playwright";
import { expect, test } from "vitest";
import { findings } from "./support/findings.js";
import { visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };
/** From the folder of the page to the same page with the headers of isolation. */
const ISOLATED = "../../isolated/folder/";

async function section(page: Page) {
  const found = page.locator("#race");
  await found.scrollIntoViewIfNeeded();
  await found.getByRole("button", { name: "Start" }).waitFor({ timeout: 10_000 });
  return found;
}

const state = (page: Page) => page.locator("#race [role=status]").first().textContent();
const progress = (page: Page) =>
  page.locator("#race progress").evaluate((bar) => (bar as HTMLProgressElement).value);
const names = (page: Page) => page.locator("#race .standings .name").allTextContents();

test("a race that is stopped leaves no worker", () =>
  visit("", WIDE, async ({ page }) => {
    const race = await section(page);
    await race.getByRole("button", { name: "Start" }).click();
    await expect.poll(() => page.workers().length).toBe(1);
    await race.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => page.workers()).toEqual([]);
  }));

test(
  "an isolated page races all, with a pool and two libraries, and gives the numbers",
  () =>
    visit(
      ISOLATED,
      { ...WIDE, permissions: ["clipboard-read", "clipboard-write"] },
      async ({ page, scripts }) => {
        const race = await section(page);
        const own = scripts.size;
        expect([...scripts.keys()].filter((url) => /tfjs|onnxruntime/.test(url))).toEqual([]);
        for (const box of await race.getByRole("checkbox").all()) await box.check();
        await race.getByRole("combobox").selectOption("1,000 × 10");
        await race.getByRole("button", { name: "Start" }).click();
        await expect.poll(() => state(page), { timeout: 90_000 }).toBe("Done: 15 rounds.");
        expect(scripts.size).toBeGreaterThan(own);
        expect(await race.locator(".out").allTextContents()).toEqual([]);
        expect(await progress(page)).toBe(1);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await findings(page)).toEqual([]);
        }
        const raced = await names(page);
        expect(raced.map((name) => name.replace(/of \d+/, "of N")).sort()).toEqual([
          "Loop with Math.exp",
          "One-liner, map(Math.exp)",
          "onnxruntime-web",
          "softmax-wasm js",
          "softmax-wasm pool of N",
          "softmax-wasm relaxed",
          "softmax-wasm simd",
          "tfjs wasm",
        ]);

        const copied = async (what: string) => {
          await race.getByRole("button", { name: `Copy ${what}` }).click();
          await race.getByText(`Copied as ${what}.`).waitFor();
          return page.evaluate(() => navigator.clipboard.readText());
        };
        const markdown = await copied("Markdown");
        for (const name of raced) expect(markdown).toContain(`| ${name} |`);
        const { shape, results, crossOriginIsolated } = JSON.parse(await copied("JSON"));
        expect(crossOriginIsolated).toBe(true);
        expect(shape).toEqual([1000, 10]);
        expect(results.map(({ name }: { name: string }) => name)).toEqual(raced);
        for (const { median, quartiles, samples } of results) {
          expect(samples).toHaveLength(15);
          expect(quartiles[0]).toBeGreaterThan(0);
          expect(median).toBeGreaterThanOrEqual(quartiles[0]);
          expect(median).toBeLessThanOrEqual(quartiles[1]);
        }
      },
    ),
  120_000,
);
