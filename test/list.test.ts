/// <reference types="vite/client" />
import { expect, test } from "vitest";
import bench from "../bench/tables.ts?raw";
import readme from "../README.md?raw";
import { all } from "../src/functions/all.js";
import * as index from "../src/index.js";
import { createSoftmax } from "../src/index.js";
import * as threads from "../src/threads/index.js";
import { INPUTS } from "./support/inputs.js";

const names = Object.keys(all).sort();

test("every function of the list has its row of inputs", () => {
  expect(Object.keys(INPUTS).sort()).toEqual(names);
});

test("the package exports the functions of the list and these", () => {
  const others = ["LogSumExp", "allocate", "backend", "createSoftmax", "init", "sampler", "softmaxStream"];
  expect(Object.keys(index).sort()).toEqual([...names, ...others].sort());
});

test("an instance has the functions of the list, each under its own name", () => {
  const others = ["LogSumExp", "allocate", "backend", "sampler"];
  expect(Object.keys(createSoftmax({ backend: "js" })).sort()).toEqual([...names, ...others].sort());
});

test.each(names)("%s has its row in the benchmark", (name) => {
  // The Jacobians share a row, and so do the two forms of logSumExp.
  const row = name
    .replace(/^(alr|clr)(Inverse)?Jacobian$|^softmaxHessian$/, "softmaxJacobian")
    .replace("Signed", "");
  expect(bench).toMatch(new RegExp(`\\b${row.replace(/^clrInverse$/, "softmax")}\\b`));
});

test("the README's table of functions has what the package exports, and nothing else", () => {
  const section = /^## Functions\n(.*?)^## /ms.exec(readme)?.[1] ?? "";
  const cells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell]) => cell);
  const named = cells.flatMap((cell) => [...cell.matchAll(/`(?:new )?(\w+)/g)].map(([, name]) => name));
  expect(named.sort()).toEqual([...Object.keys(index), ...Object.keys(threads)].sort());
});
