import { expect, test } from "vitest";
import type { Way } from "../candidate.js";
import { measure, orderOf } from "../rounds.js";

test("in each round every candidate has one turn, and over the rounds every place", () => {
  const rounds = [0, 1, 2, 3].map((round) => orderOf(4, round));
  expect(rounds[0]).toEqual([0, 1, 2, 3]);
  expect(rounds[1]).toEqual([1, 2, 3, 0]);
  for (const order of rounds) expect([...order].sort()).toEqual([0, 1, 2, 3]);
  for (const place of [0, 1, 2, 3]) expect(rounds.map((order) => order[place]).sort()).toEqual([0, 1, 2, 3]);
});

/** Takes the nanoseconds of a list, one after the other. */
function scripted(turns: string[], name: string, times: readonly number[]): Way {
  let next = 0;
  return {
    run: () => {},
    read: () => new Float32Array(),
    time: async (calls) => {
      turns.push(name);
      return times[Math.min(next++, times.length - 1)] * calls;
    },
  };
}

test("the candidates take turns, and the median of the rounds is given", async () => {
  const turns: string[] = [];
  const ways = new Map([
    ["a", scripted(turns, "a", [99, 5, 1, 9])],
    ["b", scripted(turns, "b", [99, 2, 2, 70])],
  ]);
  const outcomes = await measure(ways, { rounds: 3, milliseconds: 0 });
  expect(turns).toEqual(["a", "b", "a", "b", "b", "a", "a", "b"]);
  expect(Object.fromEntries(outcomes)).toEqual({ a: 5, b: 2 });
});

test("what throws is out, with its message, and the others go on", async () => {
  let calls = 0;
  const failing: Way = {
    run: async () => {
      if (++calls === 2) throw new Error("\u001b[31mno memory\u001b[0m\nfor this");
    },
    read: () => new Float32Array(),
  };
  const sync: Way = { run: () => {}, read: () => new Float32Array() };
  const outcomes = await measure(
    new Map([
      ["failing", failing],
      ["sync", sync],
    ]),
    { rounds: 3, milliseconds: 0 },
  );
  expect(outcomes.get("failing")).toEqual({ error: "no memory" });
  expect(outcomes.get("sync")).toBeGreaterThanOrEqual(0);
  expect(calls).toBe(2);
});
