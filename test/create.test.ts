import { describe, expect, test } from "vitest";
import { bytesOf } from "../src/backend/wasm/modules.js";
import { createSoftmax } from "../src/index.js";
import { backends, hasRelaxedSimd, isFused } from "./support/backends.js";
import { normal } from "./support/random.js";
import { expectSame } from "./support/same.js";

const LOGITS = normal("f32", 1000, 3, 1) as Float32Array;

function compiled(name: "simd" | "relaxed"): WebAssembly.Module {
  return new WebAssembly.Module(bytesOf(name));
}

describe("what this engine runs", () => {
  test("relaxed SIMD", ({ skip }) => {
    expect(hasRelaxedSimd).toBe(WebAssembly.validate(bytesOf("relaxed")));
    if (hasRelaxedSimd && isFused()) return expect(backends).toEqual(["relaxed", "simd", "js"]);
    console.log(
      "The relaxed backend was left out: this engine has no relaxed SIMD, or does not fuse its multiply-adds.",
    );
    return skip();
  });

  test.each(backends)("%s, forced", (backend) => {
    expect(createSoftmax({ backend }).backend).toBe(backend);
  });

  test("auto takes the fastest, relaxed only if it is fused", () => {
    expect(createSoftmax().backend).toBe(backends[0]);
    expect(createSoftmax({ backend: "auto" }).backend).toBe(createSoftmax().backend);
  });

  test("instances of one backend give the same bits, each in a memory of its own", () => {
    for (const backend of backends) {
      const [first, second] = [createSoftmax({ backend }), createSoftmax({ backend })];
      expectSame(first.softmax(LOGITS), second.softmax(LOGITS));
      expect(first.allocate("f32", 4).view.buffer).not.toBe(second.allocate("f32", 4).view.buffer);
    }
  });
});

describe("a module handed in", () => {
  test("is used under its own name", () => {
    expect(createSoftmax({ module: compiled("simd") }).backend).toBe("simd");
    expectSame(
      createSoftmax({ module: compiled("simd") }).softmax(LOGITS),
      createSoftmax({ backend: "simd" }).softmax(LOGITS),
    );
    if (backends.includes("relaxed"))
      expect(createSoftmax({ module: compiled("relaxed") }).backend).toBe("relaxed");
  });

  test.each([{}, new Uint8Array(8), "simd", 3])("is not a module: %s", (module) => {
    expect(() => createSoftmax({ module: module as WebAssembly.Module })).toThrow(/\bmodule\b/);
  });

  test("has other exports", () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    expect(() => createSoftmax({ module: empty })).toThrow(/\bmodule\b/);
  });

  test.each(["wasm", "", null, 1, "toString"])("backend: %s", (backend) => {
    expect(() => createSoftmax({ backend: backend as "js" })).toThrow(/\bbackend\b/);
  });
});
