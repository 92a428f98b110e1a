import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FloatArray } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import { describeBackends } from "../support/backends.js";
import { FULL } from "../support/extent.js";
import { once } from "../support/once.js";
import { mayWait, pool, recordJobs, scaled } from "../support/pool.js";
import { fill, floatArray, uniform } from "../support/random.js";
import { expectSame } from "../support/same.js";
import { PLACES, type PlaceName, Places } from "./places.js";

type Ranked = { readonly values: FloatArray; readonly indices: Int32Array };

function expectAlike(actual: Ranked, expected: Ranked): void {
  expectSame(actual.values, expected.values);
  expectSame(actual.indices as unknown as FloatArray, expected.indices as unknown as FloatArray);
}

const count = 8 * Math.ceil(scaled(150_000) / 400) * 400;
const logits = once<FloatArray>();

/** Lanes of 400 with equal numbers, of which some hold NaN and infinities. */
function logitsOf(type: "f32" | "f64"): FloatArray {
  return logits(type, () =>
    fill(type, count, (k) => {
      if (k % 7919 === 5) return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][k % 3];
      return ((k * 7919) % 1013) - 500;
    }),
  );
}

describeBackends((library) => {
  let pools: { readonly [threads: number]: Pool };
  beforeAll(async () => {
    const { backend } = library;
    pools = { 1: await pool({ backend, threads: 1 }), 2: await pool({ backend, threads: 2 }) };
  });
  afterAll(async () => {
    for (const each of Object.values(pools)) await each.close();
  });
  /** Whether a thread reads what lies there. Other arrays are copied where that takes less than to look at them. */
  const isShared = (place: PlaceName) => library.backend === "js" || !["private", "part"].includes(place);

  describe.each(["f32", "f64"] as const)("%s", (type) => {
    const x = () => logitsOf(type);
    /** Without a pool, for all places and numbers of threads. */
    const ranked = once<Ranked>();
    const largest = once<Int32Array>();

    test.each(PLACES)("lanes that lie in %s arrays are dealt out", async (place) => {
      for (const threads of [1, 2]) {
        const each = pools[threads];
        // One thread alone takes longer calls only.
        const isShort = threads === 1 && library.backend !== "js";
        const places = new Places(each.allocate);
        const there = places.put(x(), place);
        for (const layout of [
          { shape: [count / 400, 400] },
          { shape: [count / 400, 400], axis: 0 },
          { shape: [count / 1200, 400, 3], axis: 1 },
          { shape: [4, count / 1600, 400], axis: [0, 2] },
        ]) {
          const options = { ...layout };
          const jobs = recordJobs();
          // All of a lane is sorted, which takes long.
          for (const k of FULL ? [7] : [7, 1000]) {
            const expected = ranked(
              JSON.stringify([k, layout]),
              () => library.topK(x(), k, options) as Ranked,
            );
            expectAlike((await each.topK(there, k, options)) as Ranked, expected);
            if (mayWait) expectAlike(each.sync.topK(there, k, options) as Ranked, expected);
          }
          const first = largest(JSON.stringify(layout), () => library.argmax(x(), options));
          expect(await each.argmax(there, options)).toEqual(first);
          // Lanes side by side stay together, and joint axes are gathered in private arrays.
          const isDealtOut = layout.axis === undefined || layout.axis === 1;
          if (isDealtOut && isShared(place) && !isShort) expect(jobs.length).toBeGreaterThan(0);
          if (!isShared(place)) expect(jobs.length).toBe(0);
        }
        places.free();
      }
    });

    test("masks and results that lie anywhere", async () => {
      const mask = Uint8Array.from({ length: count }, (_, k) => (k % 3 === 0 || k % 5 === 0 ? 0 : 1));
      const shape = [count / 400, 400];
      const expected = library.topK(x(), 300, { shape, mask }) as Ranked;
      for (const place of ["private", "shared", "resident"] as const) {
        const places = new Places(pools[2].allocate);
        const out = {
          values: places.room(floatArray(type, expected.values.length), place),
          indices: places.put(new Int32Array(expected.indices.length), place),
        };
        const jobs = recordJobs();
        const arrays = [places.put(x(), place), places.put(mask, place)] as const;
        const result = await pools[2].topK(arrays[0], 300, { shape, mask: arrays[1], out } as object);
        expect(result).toBe(out);
        expectAlike(out, expected);
        if (place === "resident") expect(jobs.length).toBeGreaterThan(0);
        const first = await pools[2].argmax(arrays[0], { shape, mask: arrays[1] });
        expect(first).toEqual(library.argmax(x(), { shape, mask }));
        places.free();
      }
    });

    test("one lane, and none", async () => {
      const x = uniform(type, count, -9, 9, 3);
      const resident = new Places(pools[2].allocate);
      const there = resident.put(x, "resident");
      expectAlike((await pools[2].topK(there, 50)) as Ranked, library.topK(x, 50) as Ranked);
      expect(await pools[2].argmax(there)).toBe(library.argmax(x));
      expectAlike((await pools[2].topK(there, 0)) as Ranked, library.topK(x, 0) as Ranked);
      resident.free();
    });
  });

  test("arrays in use can neither be freed nor replaced", async () => {
    const each = pools[2];
    const resident = each.allocate("f64", 8 * scaled(150_000));
    const shape = [8, scaled(150_000)];
    const pending = each.topK(resident.view, 5, { shape });
    expect(() => resident.free()).toThrow(/^Resident: free\(\) was called while a call/);
    await pending;
    resident.free();
    const out = { values: new Float64Array(2), indices: new Int32Array(2) };
    const lanes = each.allocate("f64", scaled(300_000) * 2);
    const later = each.topK(lanes.view, 1, { shape: [2, scaled(300_000)], out });
    structuredClone(0, { transfer: [out.indices.buffer] });
    await expect(later).rejects.toThrow(/^topK: out\.indices was detached, or changed its length/);
    lanes.free();
  });
});
