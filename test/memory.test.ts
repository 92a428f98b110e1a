import { describe, expect, test, vi } from "vitest";
import { LinearMemory } from "../src/backend/wasm/memory.js";
import type { Resident } from "../src/index.js";
import { createSoftmax } from "../src/index.js";
import { backends, compute, describeBackends, OPERATIONS } from "./support/backends.js";
import { FULL } from "./support/extent.js";
import { normal, random } from "./support/random.js";
import { expectSame } from "./support/same.js";
import type { ElementType } from "./support/ulp.js";

function withoutGrowth(calls: () => void): void {
  const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
    throw new RangeError("no memory left");
  });
  try {
    calls();
  } finally {
    grow.mockRestore();
  }
}

/** A length that makes any memory grow which does not hold hundreds of megabytes already. */
const HUGE = 2 ** 25;

describeBackends((library) => {
  const allocate = (type: ElementType, length: number): Resident =>
    type === "f32" ? library.allocate(type, length) : library.allocate(type, length);

  describe.each(["f32", "f64"] as const)("resident %s", (type) => {
    test.each([0, 1, 5, 24, 25, 1000, FULL ? 300_007 : 100_007])(
      "%d elements are zeros at first",
      (length) => {
        const block = allocate(type, length);
        expect(block.view.length).toBe(length);
        expect(block.view.constructor).toBe(type === "f32" ? Float32Array : Float64Array);
        expect(block.view.every((value) => value === 0)).toBe(true);
        block.view.fill(3);
        block.free();
        const again = allocate(type, length);
        expect(again.view.every((value) => value === 0)).toBe(true);
        again.free();
      },
    );

    describe.each([
      { shape: [5] },
      { shape: [1000] },
      { shape: [FULL ? 300_007 : 100_007] },
      { shape: [1000], temperature: 0.3 },
      { shape: [40, 25], axis: 1 },
      { shape: [10, 3, 40], axis: 1, temperature: 3 },
      { shape: [10, 30, 3], axis: 1, temperature: 3 },
      { shape: [4, 25, 10], axis: [0, 2] },
    ])("%j", (options) => {
      const { shape } = options;
      const length = shape.reduce((product, size) => product * size, 1);
      const logits = normal(type, length, 3, length);

      test.each(OPERATIONS)("%s: resident, ordinary and mixed have the same bits", (operation) => {
        const expected = compute(library, operation, logits, options);
        const x = allocate(type, length);
        x.view.set(logits);
        const out = allocate(type, expected.length);
        const ordinary = expected.slice().fill(7);

        expectSame(compute(library, operation, x.view, options), expected);
        expect(compute(library, operation, x.view, { ...options, out: ordinary })).toBe(ordinary);
        expectSame(ordinary, expected);
        expect(compute(library, operation, x.view, { ...options, out: out.view })).toBe(out.view);
        expectSame(out.view, expected);
        out.view.fill(7);
        expect(compute(library, operation, logits, { ...options, out: out.view })).toBe(out.view);
        expectSame(out.view, expected);
        expectSame(x.view, logits);
        if (operation !== "logSumExp") {
          expect(compute(library, operation, x.view, { ...options, out: x.view })).toBe(x.view);
          expectSame(x.view, expected);
        }
        x.free();
        out.free();
      });
    });

    test("a part of a resident array, at any offset", () => {
      const block = allocate(type, 400);
      for (const offset of [0, 1, 2, 3, 17]) {
        for (const length of [30, 100, 333]) {
          const logits = normal(type, length, 3, offset + length);
          block.view.fill(7);
          block.view.set(logits, offset);
          const part = block.view.subarray(offset, offset + length);
          compute(library, "softmax", part, { out: part });
          expectSame(part, compute(library, "softmax", logits));
          expect(block.view.subarray(0, offset).every((value) => value === 7)).toBe(true);
          expect(block.view.subarray(offset + length).every((value) => value === 7)).toBe(true);
        }
      }
      block.free();
    });
  });

  test("after free, view throws; freeing twice frees once", () => {
    const first = allocate("f32", 1000);
    first.free();
    expect(() => first.view).toThrow(TypeError);
    expect(() => first.view).toThrow(/free/);
    const second = allocate("f32", 1000);
    first.free();
    const third = allocate("f32", 1000);
    second.view.fill(1);
    third.view.fill(2);
    expect(second.view.every((value) => value === 1)).toBe(true);
    second.free();
    third.free();
  });

  test("Symbol.dispose frees, or where there is none the symbol that compiled code takes", () => {
    const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
    const block = allocate("f64", 10);
    block[dispose]();
    expect(() => block.view).toThrow(TypeError);
  });

  test("random allocations never overlap", () => {
    const next = random(5);
    const held: { block: Resident; value: number }[] = [];
    const intact = ({ block, value }: (typeof held)[number]) =>
      block.view.every((element) => element === value);
    for (let step = 1; step <= 600; step++) {
      if (held.length > 0 && next() < 0.48) {
        const [released] = held.splice(Math.floor(next() * held.length), 1);
        expect(intact(released)).toBe(true);
        released.block.free();
      } else {
        const length = Math.floor(2 ** (next() * 13)) - 1;
        const block = allocate(next() < 0.5 ? "f32" : "f64", length);
        block.view.fill(step);
        held.push({ block, value: step });
      }
      if (step % 50 === 0) {
        library.softmax(normal("f32", 1 + Math.floor(next() * 50_000), 1, step));
        expect(held.every(intact)).toBe(true);
      }
    }
    for (const { block } of held) block.free();
  });

  test("an array of another instance is an ordinary one", () => {
    const other = createSoftmax({ backend: library.backend });
    const logits = normal("f32", 1000, 3, 6) as Float32Array;
    const [x, out] = [other.allocate("f32", 1000), allocate("f32", 1000)];
    x.view.set(logits);
    expectSame(library.softmax(x.view), library.softmax(logits));
    expect(library.softmax(x.view, { out: out.view as Float32Array })).toBe(out.view);
    expect(other.softmax(out.view as Float32Array, { out: x.view })).toBe(x.view);
    expectSame(x.view, library.softmax(library.softmax(logits)));
    out.free();
  });

  test("a huge row, then small ones", () => {
    const huge = new Float32Array(5_000_011).fill(1);
    expect(library.softmax(huge)[4_999_999]).toBe(Math.fround(1 / 5_000_011));
    for (const length of [2, 25, 1000, 40_000]) {
      expect(library.softmax(new Float32Array(length).fill(1))[length - 1]).toBe(Math.fround(1 / length));
    }
  });
});

describe.each(backends)("growth of the memory: %s", (backend) => {
  test("between calls changes nothing", () => {
    const library = createSoftmax({ backend });
    const kept = library.allocate("f32", 1000);
    const logits = normal("f32", 1000, 3, 1) as Float32Array;
    kept.view.set(logits);
    const before = kept.view;
    const expected = library.softmax(logits);
    const doubles = library.softmax(normal("f64", 1000, 3, 2));

    const huge = library.allocate("f64", HUGE);
    expect(huge.view.length).toBe(HUGE);
    expectSame(kept.view, logits);
    expectSame(library.softmax(kept.view), expected);
    expectSame(library.softmax(logits), expected);
    expectSame(library.softmax(normal("f64", 1000, 3, 2)), doubles);
    expect(library.softmax(kept.view, { out: kept.view })).toBe(kept.view);
    expectSame(kept.view, expected);

    // A view of before the growth is either still good or an error.
    if (before.length === 0) {
      expect(() => library.softmax(before)).toThrow(/\bx\b/);
      expect(() => library.softmax(logits, { out: before })).toThrow(/\bout\b/);
    } else {
      expectSame(library.softmax(before), library.softmax(kept.view));
    }
  });

  // It would detach the views that the caller holds.
  test("during a call with resident arrays does not happen", () => {
    const library = createSoftmax({ backend });
    const length = 700_010;
    const logits = normal("f32", length, 3, 3) as Float32Array;
    const block = library.allocate("f32", length);
    const others = [1, 1000, length / 2].map((count) => library.allocate("f32", count));
    const { view } = block;
    view.set(logits);
    const reference = createSoftmax({ backend });

    expectSame(library.softmax(view), reference.softmax(logits));
    for (const shape of [
      [10, length / 10],
      [length / 2, 2],
    ]) {
      const options = { shape, axis: 0 };
      expectSame(library.softmax(view, options), reference.softmax(logits, options));
    }
    expectSame(view, logits);
    expect(library.softmax(logits, { out: view })).toBe(view);
    expectSame(view, reference.softmax(logits));
    expect(view.length).toBe(length);
    expect(others.every((other) => other.view.every((value) => value === 0))).toBe(true);
  });

  test("that the engine refuses is an error of allocate alone: any lane passes through the window", () => {
    const library = createSoftmax({ backend });
    const rows = normal("f32", 200_008, 3, 5) as Float32Array;
    const layouts = [{}, { shape: [100_004, 2], axis: 0 }, { shape: [25_001, 8], axis: 0 }];
    const expected = layouts.map((options) => library.softmax(rows, options));
    const other = createSoftmax({ backend });
    other.softmax(rows.subarray(0, 100));
    withoutGrowth(() => {
      for (const [k, options] of layouts.entries()) expectSame(other.softmax(rows, options), expected[k]);
      if (backend !== "js") expect(() => other.allocate("f32", 2 ** 20)).toThrow(RangeError);
    });
  });

  test("is refused with an error, and the instance goes on", () => {
    const library = createSoftmax({ backend });
    const blocks: Resident[] = [];
    expect(() => {
      for (let i = 0; i < 100; i++) blocks.push(library.allocate("f64", 2 ** 38));
    }).toThrow(RangeError);
    const logits = normal("f32", 40_000, 3, 4) as Float32Array;
    expectSame(library.softmax(logits), createSoftmax({ backend }).softmax(logits));
    expect(library.allocate("f32", 10).view.length).toBe(10);
  });
});

test("spans that are given back, in any order, become one again", () => {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  for (const order of orders) {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const linear = new LinearMemory(memory);
    const spans = [1000, 64, 30_000].map((bytes) => linear.take(bytes));
    for (const k of order) linear.give(spans[k]);
    expect(linear.take(memory.buffer.byteLength, false)).toEqual({ offset: 0, bytes: 65_536 });
  }
});
