import { expect, test } from "vitest";
import { mayWait } from "../support/pool.js";
import { stress } from "./stress.js";

/** Some 10 seconds; `npm run test:soak` goes on for ten minutes. */
const CALLS = 300;

test("pools under stress", async () => {
  const { calls, kills, pools } = await stress(4, ({ calls }) => calls < CALLS);
  expect(calls).toBeGreaterThanOrEqual(CALLS);
  expect(pools).toBeGreaterThan(5);
  if (mayWait) expect(kills).toBeGreaterThan(5);
});
