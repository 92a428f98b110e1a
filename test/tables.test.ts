import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { STEPS, tables } from "../src/math/tables.js";
import { Exact } from "./support/decimal.js";

test("each entry of the tables of the exponential is the exact one, rounded", () => {
  const { roots, shortRoots } = tables();
  const expectedRoots = new Float64Array(STEPS);
  const expectedShorts = new Float64Array(2 * STEPS);
  for (let step = 0; step < STEPS; step++) {
    const root = new Exact(2).pow(new Exact(step).div(STEPS));
    const short = root
      .times(2 ** 25)
      .floor()
      .div(2 ** 25);
    expectedRoots[step] = root.toNumber();
    expectedShorts[2 * step] = short.toNumber();
    const lacking = root.minus(short).toNumber() / short.toNumber();
    expectedShorts[2 * step + 1] = lacking - lacking * lacking * (1 / 2 - lacking / 3);
    // What that stands for: the logarithm of root / short.
    const logarithm = root.div(short).ln();
    expect(
      logarithm
        .minus(expectedShorts[2 * step + 1])
        .abs()
        .toNumber(),
    ).toBeLessThan(2 ** -77);
  }
  expect(roots).toEqual(expectedRoots);
  expect(shortRoots).toEqual(expectedShorts);
});

test("the powers of two", () => {
  const { powers } = tables();
  expect(powers.length).toBe(1205);
  const isRight = (power: number, k: number) =>
    power === (k < 4 ? 0 : k === 1204 ? Number.POSITIVE_INFINITY : 2 ** (k - 1012));
  expect(powers.every(isRight)).toBe(true);
});

test("no source of the library needs BigInt, which old engines lack", () => {
  const found: string[] = [];
  for (const name of readdirSync("src", { recursive: true, encoding: "utf8" })) {
    // The command runs in Node alone.
    if (!name.endsWith(".ts") || /^(cli|formats)\W/.test(name)) continue;
    const source = ts.createSourceFile(
      name,
      readFileSync(join("src", name), "utf8"),
      ts.ScriptTarget.ES2022,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isBigIntLiteral(node)) found.push(`${name}: ${node.text}`);
      // BigInt64Array in a type, or as the name that a value has, needs nothing.
      if (ts.isIdentifier(node) && /^BigInt/.test(node.text) && !ts.isTypeReferenceNode(node.parent)) {
        found.push(`${name}: ${node.text}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(found).toEqual([]);
});
