import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { dropFile, live, touch, visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };

/** What a screen reader says of the chart of that title. */
const said = (page: Page, title: string) =>
  page.locator(`[role=img][aria-label^="${title}."]`).getAttribute("aria-label");
const slider = (page: Page, name: string) => page.locator("#playground").getByRole("slider", { name });

test("typed logits are computed as they are typed", () =>
  visit("", WIDE, async ({ page }) => {
    await page.getByLabel("Logits", { exact: true }).fill("");
    await page.getByLabel("Logits", { exact: true }).pressSequentially("2, 1 0");
    await expect
      .poll(() => said(page, "softmax"))
      .toContain("3 logits. The largest probability is 66.5\u00a0%, of 2 at index 0");
    const numbers = page.locator("#playground figure", { hasText: "softmax the probability" });
    await numbers.getByText("Numbers").click();
    expect(await numbers.locator("tbody tr").allInnerTexts()).toEqual([
      "0\t2\t0.6652\t−0.4076",
      "1\t1\t0.2447\t−1.408",
      "2\t0\t0.09003\t−2.408",
    ]);
  }));

test("filters are shown each and together", () =>
  visit("#logits=2,1,0,-1&k=3&p=0.6&m=0.3", WIDE, async ({ page }) => {
    await expect.poll(() => page.locator(".cuts li").count()).toBe(4);
    expect(
      (await page.locator(".cuts li").allInnerTexts()).map((line) => /^(.*) keeps (\d)/.exec(line)?.slice(1)),
    ).toEqual([
      ["top-k 3", "3"],
      ["top-p 0.6", "1"],
      ["min-p 0.3", "2"],
      ["together", "1"],
    ]);
    expect(await page.locator("#playground .bar.cut").count()).toBe(3);
  }));

test("the address carries the state", () =>
  visit("", WIDE, async ({ page }) => {
    await page.getByLabel("Logits", { exact: true }).fill("1, 2, -inf");
    await slider(page, "Temperature").press("End");
    await slider(page, "top-p").press("ArrowLeft");
    await expect.poll(() => page.url()).toMatch(/#logits=1,\+?2,\+?-inf&t=20&p=0\.99$/);
    await page.reload();
    await live(page);
    expect(await page.getByLabel("Logits", { exact: true }).inputValue()).toBe("1, 2, -inf");
    expect(await slider(page, "Temperature").getAttribute("aria-valuetext")).toBe("20");
    expect(await slider(page, "top-p").getAttribute("aria-valuetext")).toBe("0.99");
  }));

test("what is no number is named, and the charts stay", () =>
  visit("#logits=2,1,0", WIDE, async ({ page }) => {
    await page.getByLabel("Logits", { exact: true }).fill("2, x");
    expect(await page.locator("#playground .message").textContent()).toBe(
      "The logits were not read: “x” is no number.",
    );
    expect(await said(page, "softmax")).toContain("3 logits");
  }));

test("files are read: CSV with a header and JSON by the button, .npy dropped", () =>
  visit("", WIDE, async ({ page }) => {
    const choose = (name: string, text: string) =>
      page
        .locator("#playground input[type=file]")
        .setInputFiles({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
    await choose("a.csv", "cat,dog\n1,2\n5,2\n");
    await expect
      .poll(() => said(page, "softmax"))
      .toContain("2 logits. The largest probability is 73.1\u00a0%, of 2 at index 1");
    await page.getByLabel("Row").fill("2");
    await page.getByLabel("Row").press("Enter");
    await expect.poll(() => said(page, "softmax")).toContain("of 5 at index 0");
    await choose("a.json", '{"logits": [0, 0, 0, 0]}');
    await expect
      .poll(() => said(page, "softmax"))
      .toContain("4 logits. The largest probability is 25\u00a0%");
    await choose("a.json", "[1, {}]");
    await expect
      .poll(() => page.locator("#playground .message").textContent())
      .toContain("a.json was not read: “[object Object]” is no number");

    const file = join(import.meta.dirname, "../../build/site/a.npy");
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(118);
    const head = Buffer.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, "latin1");
    writeFileSync(file, Buffer.concat([head, new Uint8Array(Float32Array.of(0, 7, 0, 1, 2, 3).buffer)]));
    await dropFile(page, "#logits", file);
    await expect
      .poll(() => said(page, "softmax"))
      .toContain("3 logits. The largest probability is 99.8\u00a0%, of 7 at index 1");
    expect(await page.getByLabel("Row").getAttribute("max")).toBe("2");
  }));

test("of 32,768 logits a loop in float32 is off by far more", () =>
  visit("#logits=@many", WIDE, async ({ page }) => {
    const [ours, loop] = [
      ...((await said(page, "Error of a float32 softmax")) ?? "").matchAll(/([\d.]+) units|by ([\d.]+)\./g),
    ].map(([, a, b]) => Number(a ?? b));
    expect(ours).toBeGreaterThan(0.4);
    expect(ours).toBeLessThanOrEqual(1.8);
    expect(loop).toBeGreaterThan(10);
  }));

test("by touch, on a phone", () =>
  visit("", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, async ({ page }) => {
    await page.getByRole("button", { name: "Nearly equal" }).tap();
    await expect.poll(() => said(page, "softmax")).toContain("5 logits");
    const box = await slider(page, "Temperature").boundingBox();
    if (!box) throw new Error("there is no slider");
    const before = await page.evaluate(() => scrollY);
    const y = box.y + box.height / 2;
    await touch(
      page,
      [0.5, 0.6, 0.8, 0.99].map((share) => ({ x: box.x + share * box.width, y })),
    );
    expect(await page.evaluate(() => scrollY)).toBe(before);
    expect(await slider(page, "Temperature").getAttribute("aria-valuetext")).toBe("20");
  }));

test("long logits have room on a phone", () =>
  visit(
    "#logits=1.23456,1e5,-123456.7,1e-30,3,4,5,6",
    { viewport: { width: 390, height: 844 } },
    async ({ page }) => {
      const boxes = (selector: string) =>
        page.locator(`#playground .plot ${selector}`).evaluateAll((all) =>
          all.map((element) => {
            const { left, right, top } = element.getBoundingClientRect();
            return { left, right, top };
          }),
        );
      const labels = await boxes(".bar text");
      expect(labels.length).toBeGreaterThan(3);
      for (const [k, { left, top }] of labels.entries())
        if (k > 0 && top === labels[k - 1].top) expect(left).toBeGreaterThan(labels[k - 1].right);
      for (const { left } of await boxes("> text")) expect(left).toBeGreaterThan(0);
    },
  ));
