import { expect, test } from "vitest";
import { allocate, backend, createSoftmax, init, softmax } from "../../src/index.js";

// A file has a page or process of its own: nothing has been compiled when this is called.
test("everything works on the first call, and init afterwards keeps the backend", async () => {
  const logits = Float32Array.from({ length: 1000 }, (_, k) => (k * 7) % 31);
  const first = softmax(logits);
  expect(Array.from(first)).toEqual(Array.from(createSoftmax({ backend: backend() }).softmax(logits)));
  const name = backend();
  const block = allocate("f32", 1000);
  block.view.set(logits);
  expect(await Promise.all([init(), init()])).toEqual([name, name]);
  expect(softmax(block.view, { out: block.view })).toBe(block.view);
  expect(Array.from(block.view)).toEqual(Array.from(first));
  block.free();
});

test("init compiles the backend that it is asked for", async () => {
  for (const name of ["js", "simd"] as const) {
    expect(await init({ backend: name })).toBe(name);
    expect(backend()).toBe(name);
  }
});
