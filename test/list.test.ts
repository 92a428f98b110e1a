import { expect, test } from "vitest";
import { all } from "../src/functions/all.js";
import * as index from "../src/index.js";
import { createSoftmax } from "../src/index.js";
import { INPUTS } from "./support/inputs.js";

const names = Object.keys(all).sort();

test("every function of the list has its row of inputs", () => {
  expect(Object.keys(INPUTS).sort()).toEqual(names);
});

test("the package exports the functions of the list and these", () => {
  const others = ["LogSumExp", "allocate", "backend", "createSoftmax", "init", "softmaxStream"];
  expect(Object.keys(index).sort()).toEqual([...names, ...others].sort());
});

test("an instance has the functions of the list, each under its own name", () => {
  const others = ["LogSumExp", "allocate", "backend"];
  expect(Object.keys(createSoftmax({ backend: "js" })).sort()).toEqual([...names, ...others].sort());
});
