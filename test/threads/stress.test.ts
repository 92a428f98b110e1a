import { expect, test } from "vitest";
import { FULL } from "../support/extent.js";
import { mayWait } from "../support/pool.js";
import { stress } from "./stress.js";

/** Some seconds of work. `npm run test:soak` goes on for ten minutes. */
const CALLS = FULL ? 300 : 100;

test("pools under stress", async () => {
  const { calls, kills, pools } = await stress(4, ({ calls }) => calls < CALLS);
  expect(calls).toBeGreaterThanOrEqual(CALLS);
  expect(pools).toBeGreaterThan(3);
  if (mayWait) expect(kills).toBeGreaterThan(2);
});
