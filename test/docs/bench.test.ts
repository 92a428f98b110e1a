import { test } from "vitest";
import { checkAgreement } from "../../bench/check.js";
import { tables } from "../../bench/tables.js";

/** The rows of a table differ in their size only: its smallest one shows that all candidates compute the same. */
test.each(tables)("$name: every candidate computes what the plain loop does", ({ rows }) => {
  const [smallest] = [...rows].sort((a, b) => a.elements - b.elements);
  checkAgreement(smallest.candidates());
});
