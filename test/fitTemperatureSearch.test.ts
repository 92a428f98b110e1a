import { expect, test } from "vitest";
import { describeBackends } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { once } from "./support/once.js";
import { bruteForce, drawn } from "./support/temperature.js";

/** How far two temperatures may be apart where the labels often contradict the logits. */
const NEAR = { f32: 1e-6, f64: 1e-12 };

const temperatures = once<number>();

describeBackends(({ fitTemperature }) => {
  test.each(["f32", "f64"] as const)("%s: the temperature is the one that comparing losses finds", (type) => {
    for (let seed = 1; seed <= (FULL ? 20 : 4); seed++) {
      const problem = drawn(type, 12, 4, 2 ** ((seed % 5) - 2), seed);
      const { x, labels, shape } = problem;
      const { temperature, atLimit, iterations } = fitTemperature(x, labels, { shape });
      const expected = temperatures(`${type} ${seed}`, () => bruteForce(problem));
      expect(Math.abs(temperature / expected - 1)).toBeLessThan(NEAR[type]);
      expect(atLimit).toBe(false);
      expect(iterations).toBeLessThan(15);
    }
  });
});
