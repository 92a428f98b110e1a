import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DIST } from "./support/serve.js";
import { visitor } from "./support/visit.js";

const visit = visitor();
const WIDE = { viewport: { width: 1440, height: 900 } };
const FOLDER = join(DIST, "reference");
const pages = readdirSync(FOLDER).filter((name) => name.endsWith(".html"));

test("a page of the reference searches too, and says when nothing is found", () =>
  visit("reference/guide.html", WIDE, async ({ page }) => {
    await page.getByRole("searchbox").fill("qqqq");
    await expect.poll(() => page.locator(".found").textContent()).toContain("Nothing is found");
    await page.getByRole("searchbox").fill("softmaxJacobian");
    await page.locator(".results a").first().click();
    await expect.poll(() => page.locator(":target").textContent()).toBe("softmaxJacobian");
  }));

test("a class is told from the function of its name", () =>
  visit("#reference", WIDE, async ({ page }) => {
    await page.locator(".functions a", { hasText: /^LogSumExp$/ }).click();
    await expect.poll(() => page.locator(":target").textContent()).toBe("LogSumExp");
  }));

test("every function of the package is there, with its example", async () => {
  const html = readFileSync(join(FOLDER, "functions.html"), "utf8");
  const names = Object.keys(await import("softmax-wasm"));
  expect(names.length).toBeGreaterThan(35);
  for (const name of names)
    expect(html).toContain(`<h2 id="${name.toLowerCase()}${name === "LogSumExp" ? "-1" : ""}">${name}</h2>`);
  expect(html).toContain("softmax([1, 2, 3]); ");
  expect(html).toContain("createPool");
});

test.each(pages)("the links of %s lead somewhere", (name) => {
  const html = readFileSync(join(FOLDER, name), "utf8");
  const broken = [...html.matchAll(/(?:href|src|srcset)="([^"]+)"/g)]
    .map(([, address]) => address)
    .filter((address) => {
      if (/^https?:/.test(address)) return false;
      const [path, anchor] = address.split("#");
      const file = path === "" ? join(FOLDER, name) : join(FOLDER, path);
      if (!existsSync(file)) return true;
      return (
        anchor !== undefined && !readFileSync(file, "utf8").includes(` id="${decodeURIComponent(anchor)}"`)
      );
    });
  expect(broken).toEqual([]);
});
