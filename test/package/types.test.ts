import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { run } from "./run.js";

const consumer = inject("consumer");

const files = {
  "module.mts": `
    import { allocate, createSoftmax, init, logSoftmax, logSumExp, softmax } from "softmax-wasm";
    import type { FloatArray, Resident } from "softmax-wasm";
    export const single: Float32Array = softmax(new Float32Array(2));
    export const double: Float64Array = softmax([1, 2], { shape: [1, 2], axis: -1, temperature: 2 });
    export const total: number = logSumExp(double, { temperature: 2 });
    export const totals: Float32Array = logSumExp(single, { shape: [2, 1] });
    export const either: FloatArray = createSoftmax({ backend: "simd" }).softmax(single as FloatArray | number[]);
    export const generic = <T extends FloatArray>(x: T, out: T): T => softmax(x, { out });
    export const resident: Resident<Float32Array> = allocate("f32", 2);
    export const filled: Float32Array = logSoftmax(single, { out: resident.view });
    export const found: "relaxed" | "simd" | "js" = await init();
    // @ts-expect-error: strings are no logits
    softmax("1, 2");
    // @ts-expect-error: out has the element type of x
    softmax(single, { out: new Float64Array(2) });
  `,
  "script.cts": `
    import library = require("softmax-wasm");
    export const single: Float32Array = library.softmax(new Float32Array(2));
  `,
  "dom.mts": `
    import { createSoftmax, softmax } from "softmax-wasm";
    export const blob = new Blob([softmax(new Float32Array(2)), softmax([1, 2])]);
    export const instance = createSoftmax({ module: new WebAssembly.Module(new ArrayBuffer(0)) });
  `,
};

const resolutions = [
  { module: "nodenext", moduleResolution: "nodenext", files: ["module.mts", "script.cts"] },
  { module: "esnext", moduleResolution: "bundler", files: ["module.mts"] },
];

// Every declaration file is checked, the package's own included: skipLibCheck stays off.
test.each(["5.6", "6.0", "7"])("TypeScript %s", (version) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(consumer, name), text);
  for (const { files, ...resolution } of resolutions) {
    for (const dom of [false, true]) {
      const compilerOptions = {
        ...resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        target: "es2022",
        lib: dom ? ["es2022", "dom"] : ["es2022"],
        types: [],
        noEmit: true,
      };
      const project = { compilerOptions, files: dom ? [...files, "dom.mts"] : files };
      writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(project));
      expect(
        run(consumer, "npx", "--yes", "--package", `typescript@${version}`, "tsc", "--project", "."),
      ).toBe("");
    }
  }
});
