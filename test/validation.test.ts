import { describe, expect, test } from "vitest";
import type { SyncBackend } from "../src/backend/backend.js";
import { select } from "../src/backend/select.js";
import { all } from "../src/functions/all.js";
import { type Functions, functionsOn } from "../src/functions/instance.js";
import { backends } from "./support/backends.js";
import { INPUTS } from "./support/inputs.js";

type Untyped = Record<string, (...args: unknown[]) => unknown>;

/** Throws whatever is asked of it. */
const untouched = new Proxy({} as SyncBackend, {
  get() {
    throw new Error("the backend was asked");
  },
});

const hosts = backends.map((backend) => select({ backend }));
const on = (backend: SyncBackend) => functionsOn(() => backend) as unknown as Untyped;

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return "none";
}

/** Wrong calls that fit any function, made from the arguments of a right one. */
const WRONG: [string, (args: unknown[]) => unknown[]][] = [
  ["a first argument of the wrong type", ([, ...others]) => ["x", ...others]],
  ["options of the wrong type", (args) => [...args, 3]],
  ["out of the wrong type", (args) => [...args, { out: new Int8Array(2) }]],
  ["out of the wrong length", (args) => [...args, { out: new Float32Array(2) }]],
];

describe.each(Object.keys(all) as (keyof Functions)[])("%s", (name) => {
  test.each(WRONG)("%s: one error on all backends, which are not asked", (_, wrong) => {
    const args = () => wrong(INPUTS[name]("f32")[0].slice(0, all[name].length - 1));
    const expected = errorOf(() => on(untouched)[name](...args()));
    expect(expected).toSatisfy((error) => error instanceof TypeError || error instanceof RangeError);
    expect((expected as Error).message).toMatch(new RegExp(`^${name}: `));
    for (const backend of hosts) expect(errorOf(() => on(backend)[name](...args()))).toEqual(expected);
  });
});
