import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { ENGINES, isInstalled } from "../../test/engines/engines.js";
import type { Point } from "./support/people/hands.js";
import { type Person, visitorBy } from "./support/people/person.js";
import { KEEP_COMPLAINTS } from "./support/people/webdriver.js";
import { serve } from "./support/serve.js";

/** As shares of the paper. */
const ZERO = Array.from({ length: 25 }, (_, k): Point => {
  const angle = (2 * Math.PI * k) / 24;
  return [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.3 * Math.cos(angle)];
});
const SEVEN: readonly Point[] = [
  [0.3, 0.25],
  [0.7, 0.25],
  [0.45, 0.8],
];
const TEMPERATURE = "#playground .temperature input";

// The three at once; in each its steps one after another, on one page.
for (const engine of ENGINES)
  describe(engine.name, { concurrent: true, skip: !isInstalled(engine) }, () => {
    let person: Person;
    let server: Awaited<ReturnType<typeof serve>>;
    beforeAll(async () => {
      server = await serve(KEEP_COMPLAINTS);
      person = await visitorBy(engine);
      await person.open(server.url);
    }, 120_000);
    afterAll(async () => {
      await person?.close();
      server?.close();
    });
    const step = (name: string, act: (context: TestContext) => Promise<void>) =>
      test(name, { concurrent: false, skip: !isInstalled(engine) }, act);
    /** What a screen reader says of a chart of the playground. */
    const said = (title: string) =>
      person.attribute(`#playground [role=img][aria-label^="${title}."]`, "aria-label");
    const temperature = () => person.attribute(TEMPERATURE, "aria-valuetext");

    step("each section is shown", async ({ expect }) => {
      for (const id of ["playground", "function", "digits", "tokens", "race", "reference"]) {
        await person.find(`#${id}`);
        await person.find(`#${id}[data-mounted]`);
      }
      expect(await said("softmax")).toContain("8 logits. The largest probability is");
    });

    step("the keyboard reaches everything, and moves the sliders", async ({ expect }) => {
      const reached: string[] = [];
      while (reached.at(-1) !== "top-k" && reached.length < 40) {
        await person.press("Tab");
        reached.push(await person.look(nameOfFocus, undefined));
        if (reached.at(-1) !== "Temperature") continue;
        await person.press("End");
        expect(await temperature()).toBe("20");
        await person.press("Home");
        expect(await temperature()).toBe("0.05");
        await expect.poll(() => said("softmax")).toContain("100\u00a0%");
      }
      expect(reached[0]).toBe("To the playground");
      expect(reached).toEqual(
        expect.arrayContaining(["Playground", "Copy", "Temperature", "Logits", "Far apart", "top-k"]),
      );
      await person.press("ArrowRight");
      await person.press("ArrowRight");
      await expect.poll(() => person.text(".cuts")).toMatch(/^top-k 2 keeps 2 and cuts 6, /);
      await person.press("Home");
      expect(await person.text(".cuts")).toBe("");
    });

    step("typed logits are computed, and a word among them is named", async ({ expect }) => {
      await person.click("#logits");
      await person.press("Control+a");
      await person.type("2, 1 x");
      await expect.poll(() => person.text("#playground .message")).toContain("“x” is no number");
      await person.press("Backspace");
      await person.type("0");
      await expect.poll(() => person.text("#playground .message")).toBe("");
      expect(await said("softmax")).toContain("3 logits. The largest probability is 100\u00a0%, of 2");
    });

    step("the temperature is dragged with the mouse", async ({ expect }) => {
      const height = () => person.attribute("#playground .bar rect", "height").then(Number);
      const sharp = await height();
      await person.drag(TEMPERATURE, [
        [0.01, 0.5],
        [0.3, 0.5],
        [0.5, 0.5],
      ]);
      expect(Number(await temperature())).toBeCloseTo(1, 0.5);
      expect(await height()).toBeLessThan(0.8 * sharp);
      await person.drag(TEMPERATURE, [
        [0.5, 0.5],
        [1, 0.5],
      ]);
      expect(await temperature()).toBe("20");
      await expect.poll(() => said("softmax")).toContain("is 35\u00a0%, of 2 at index 0");
    });

    step("files are chosen and dropped", async ({ expect }) => {
      const csv = join(import.meta.dirname, `../../build/site/${engine.name}.csv`);
      writeFileSync(csv, "cat,dog\n1,2\n5,2\n");
      await person.choose("#playground input[type=file]", csv);
      await expect.poll(() => said("softmax")).toContain("2 logits");
      await person.look(dropNpy, undefined);
      await expect.poll(() => said("softmax")).toContain("3 logits");
    });

    step("digits are drawn and read, and the paper is cleared", async ({ expect }) => {
      const verdict = () => person.text("#digits [role=status]");
      await person.drag("#digits .pad", ZERO);
      await expect.poll(verdict).toMatch(/^A 0: /);
      const shares = await person.look(
        () =>
          [...document.querySelectorAll("#digits .bar-table tbody td:nth-child(3)")].map(({ textContent }) =>
            Number.parseFloat(textContent ?? ""),
          ),
        undefined,
      );
      expect(shares).toHaveLength(10);
      expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(100, -0.5);
      await person.click("#digits button", "Clear");
      expect(await verdict()).toBe("Nothing is drawn yet.");
      await person.drag("#digits .pad", SEVEN);
      await expect.poll(verdict).toMatch(/^A 7: /);
    });

    step("words are drawn with the next seed, and one of them is chosen", async ({ expect }) => {
      const text = () => person.text("#tokens .written");
      const current = () => person.text('#tokens .written [aria-current="true"]');
      const first = await text();
      await person.click("#tokens button", "Next seed");
      await expect.poll(text).not.toBe(first);
      const fifth = await person.text("#tokens .written button:nth-of-type(5)");
      await person.click("#tokens .written button:nth-of-type(5)");
      await expect.poll(current).toBe(fifth);
    });

    step("a race is started and stopped", async ({ expect }) => {
      const state = () => person.text("#race [role=status]");
      const progress = () => person.look(() => document.querySelector("progress")?.value ?? 0, undefined);
      await person.click("#race button", "Start");
      await expect.poll(state).toBe("Running …");
      await person.find("#race .standings .name", "softmax-wasm simd");
      await person.click("#race button", "Stop");
      expect(await state()).toBe("Stopped.");
      const stopped = await progress();
      expect(stopped).toBeGreaterThan(0);
      expect(stopped).toBeLessThan(1);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await progress()).toBe(stopped);
      expect(await person.text("#race .out:last-of-type")).toMatch(
        /pool of \d+ does not run: this page is not/,
      );
    });

    step("a search leads to a function, and nothing is wrong on the console", async ({ expect }) => {
      await person.click("#reference [type=search]");
      await person.type("jacob");
      await person.find("#reference .results a", "softmaxJacobian");
      expect(await person.complaints()).toEqual([]);
      await person.click("#reference .results a", "softmaxJacobian");
      await person.find("main :target", "softmaxJacobian");
      expect(await person.complaints()).toEqual([]);
    });
  });

/** Runs in the page. */
function nameOfFocus(): string {
  const element = document.activeElement as HTMLInputElement;
  return (element.labels?.[0]?.textContent ?? element.textContent ?? "").trim();
}

/** Runs in the page: no driver drops a file. */
function dropNpy(): void {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".padEnd(118);
  const head = Uint8Array.from(`\x93NUMPY\x01\0${String.fromCharCode(header.length)}\0${header}`, (c) =>
    c.charCodeAt(0),
  );
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([head, Float32Array.of(0, 7, 0, 1, 2, 3)], "a.npy"));
  const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
  document.querySelector("#logits")?.dispatchEvent(drop);
}
