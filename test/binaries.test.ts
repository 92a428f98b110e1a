import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bytesOf } from "../src/backend/wasm/modules.js";

const NAMES = ["simd", "relaxed", "probe"] as const;
const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

/** What hosts decode with: newer engines, Node 20, and neither. */
const hosts: [string, () => void][] = [
  ["Uint8Array.fromHex", () => Object.assign(Uint8Array, { fromHex })],
  ["Buffer", () => Object.assign(Uint8Array, { fromHex: undefined })],
  [
    "a loop",
    () => {
      Object.assign(Uint8Array, { fromHex: undefined });
      vi.stubGlobal("Buffer", undefined);
    },
  ],
];
const native = Object.getOwnPropertyDescriptor(Uint8Array, "fromHex");

afterEach(() => {
  vi.unstubAllGlobals();
  if (native) Object.defineProperty(Uint8Array, "fromHex", native);
  else Reflect.deleteProperty(Uint8Array, "fromHex");
});

describe.each(hosts)("decoded by %s", (_, setUp) => {
  test.each(NAMES)("%s has the bytes of its file", (name) => {
    const expected = new Uint8Array(readFileSync(`build/${name}.wasm`));
    setUp();
    const bytes = bytesOf(name);
    vi.unstubAllGlobals();
    expect(bytes).toEqual(expected);
    // A Buffer would share its memory with its slices.
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
  });
});
