import { expect, test } from "vitest";
import { merged } from "../merged.js";
import type { Report, Run } from "../report.js";

const table = (operation: "softmax" | "sigmoid", label: string) => ({
  operation,
  type: "f32" as const,
  candidates: { [label]: { includes: "", times: {}, ulp: 0, wide: 0, edges: {} } },
});
const report = (date: string, ...runs: Run[]): Report => ({
  processor: "P",
  cores: 2,
  date,
  notes: [],
  versions: {},
  native: { found: [], missing: [] },
  runs,
  sampling: [],
});

const earlier = report(
  "2026-01-01",
  { node: "26.1.0", tables: [table("softmax", "old"), table("sigmoid", "old")] },
  { node: "20.1.0", tables: [table("softmax", "old")] },
);
const names = ({ runs }: Report) =>
  runs.map(({ node, tables }) => [
    node,
    tables.map(({ operation, candidates }) => [operation, ...Object.keys(candidates)].join(" ")),
  ]);

test("what is measured again takes the place of what was there", () => {
  const now = report("2026-01-02", { node: "26.1.0", tables: [table("softmax", "new")] });
  expect(names(merged(earlier, now))).toEqual([
    ["26.1.0", ["softmax new", "sigmoid old"]],
    ["20.1.0", ["softmax old"]],
  ]);
  expect(merged(earlier, now).date).toBe("2026-01-02");
});

test("tables of another version of the same Node are not kept beside it", () => {
  const now = report("2026-01-02", { node: "26.2.0", tables: [table("softmax", "new")] });
  expect(names(merged(earlier, now))).toEqual([
    ["26.2.0", ["softmax new"]],
    ["20.1.0", ["softmax old"]],
  ]);
});
