import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const consumer = inject("consumer");

test("the command scores a file, with nothing else installed", () => {
  writeFileSync(join(consumer, "logits.csv"), "id,a,b\nx,0,0\ny,-inf,3\n");
  run(consumer, "npx", "softmax-wasm", "score", "logits.csv", "--keep", "id", "-o", "p.csv", "--force");
  expect(readFileSync(join(consumer, "p.csv"), "utf8")).toBe("id,a,b\nx,0.5,0.5\ny,0,1\n");
});

test("the command has the threads of the package", () => {
  writeFileSync(join(consumer, "logits.bin"), new Uint8Array(new Float32Array(4000).buffer));
  const args = ["--dtype", "f32", "--length", "1000", "--threads", "2", "--json", "-o", "p.bin", "--force"];
  run(consumer, "npx", "softmax-wasm", "score", "logits.bin", ...args);
  expect(new Float32Array(new Uint8Array(readFileSync(join(consumer, "p.bin"))).buffer)).toEqual(
    new Float32Array(4000).fill(1 / 1000),
  );
});

test("the command says what computes", () => {
  expect(run(consumer, "npx", "softmax-wasm", "info")).toMatch(/^backend +(simd|relaxed)$/m);
});

test("the command names the packages that a queue needs", () => {
  expect(() => run(consumer, "npx", "softmax-wasm", "worker", "--redis", "redis://localhost")).toThrow(
    /ended with 2\nsoftmax-wasm: queues need the packages bullmq .* and ioredis .*: npm install bullmq ioredis\n/,
  );
});
