import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { bookOf, logitsAfter } from "../src/sections/tokens/model.js";
import { gap } from "../src/sections/tokens/words.js";
import { readPrompt, write } from "../src/sections/tokens/writer.js";
import { unpack } from "../src/shared/arrays.js";
import { visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };

async function section(page: Page) {
  const found = page.locator("#tokens");
  await found.scrollIntoViewIfNeeded();
  await found.locator(".written").waitFor({ timeout: 10_000 });
  return found;
}

const written = (page: Page) => page.locator("#tokens .written").textContent();
const slider = (page: Page, name: RegExp) => page.locator("#tokens").getByRole("slider", { name });
/** The word, its probabilities before and after, and how often it was drawn. */
const firstRow = (page: Page) =>
  page.locator("#tokens .bar-table tbody tr").first().locator("th, td:not(.bars)").allTextContents();

function book() {
  const bytes = gunzipSync(readFileSync(new URL("../../build/site/data/book.bin", import.meta.url)));
  const { vocabulary, tokens } = unpack(Uint8Array.from(bytes).buffer);
  return bookOf(new TextDecoder().decode(vocabulary).split("\n"), tokens as Uint16Array);
}

test("logits are log-probabilities, mixed of what followed the context", () => {
  const small = bookOf(["a", "b", "c"], Uint16Array.of(0, 1, 0, 1, 0, 2));
  const after = (context: readonly number[]) =>
    Array.from(logitsAfter(small, context, new Float32Array(3)), Math.exp);
  const expectNear = (p: readonly number[], expected: readonly number[]) =>
    p.forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k], 6);
    });
  expectNear(after([]), [3 / 6, 2 / 6, 1 / 6]);
  // After a: b twice and c once, two different words.
  const afterA = [(2 * 3) / 6 / 5, (2 + (2 * 2) / 6) / 5, (1 + (2 * 1) / 6) / 5];
  expectNear(after([0]), afterA);
  // After b, a: b and c once each.
  expectNear(after([1, 0]), [(2 * afterA[0]) / 4, (1 + 2 * afterA[1]) / 4, (1 + 2 * afterA[2]) / 4]);
  // Nothing followed c: what follows all words counts.
  expectNear(after([2]), after([]));
});

test("the same seed writes the same words, here and in Node; another one writes others", () =>
  visit("", WIDE, async ({ page }) => {
    const tokens = await section(page);
    const first = await written(page);
    const moby = book();
    const { tokens: context } = readPrompt(moby, "The white whale");
    const filters = { temperature: 0.8, topK: 200, topP: 0.9, minP: 0.02 };
    const text = [...context, ...write(moby, context, 60, filters, 42)].map(
      (token) => moby.vocabulary[token],
    );
    expect(first?.trim()).toBe(text.map((word, k) => gap(text[k - 1], word) + word).join(""));

    await tokens.getByRole("button", { name: "Next seed" }).click();
    await expect.poll(() => written(page)).not.toBe(first);
    await tokens.getByLabel("Seed").fill("42");
    await expect.poll(() => written(page)).toBe(first);
  }));

test("each filter is seen to cut", () =>
  visit("", WIDE, async ({ page }) => {
    const tokens = await section(page);
    const said = () => tokens.locator("[role=img]").getAttribute("aria-label");
    expect(await said()).toContain(
      "top-k 200 keeps 200, top-p 0.9 keeps 18, min-p 0.02 keeps 18. Together: 18 of 19,826",
    );
    await slider(page, /Top-k/).press("Home");
    await expect.poll(said).toContain("Together: 1 of 19,826");
    expect(await firstRow(page)).toEqual([",", "21.4 %", "100.0 %", "1000"]);
    await slider(page, /Top-k/).press("End");
    await slider(page, /Top-p/).press("End");
    await slider(page, /Min-p/).press("Home");
    await expect.poll(said).toContain("19,826 of 19,826 words may be drawn");
    await slider(page, /Temperature/).press("Home");
    await expect.poll(async () => (await firstRow(page))[2]).toBe("100.0 %");
  }));

test("a word is chosen by a click or by the keyboard, and unknown words are named", () =>
  visit("", WIDE, async ({ page }) => {
    const tokens = await section(page);
    const current = () => tokens.locator('.written [aria-current="true"]').textContent();
    const words = await tokens.locator(".written button").allTextContents();
    await tokens.locator(".written button").nth(4).click();
    await expect.poll(current).toBe(words[4]);
    await slider(page, /Which word/).press("ArrowRight");
    await expect.poll(current).toBe(words[5]);
    await tokens.getByLabel("Prompt").fill("Call me Zebedee123 Ishmael");
    await expect.poll(() => tokens.locator(".message").textContent()).toContain("left out: Zebedee123");
    expect(await written(page)).toMatch(/^\s*Call me Ishmael/);
  }));
