import fc from "fast-check";
import { FULL } from "../support/extent.js";
import { scaled } from "../support/pool.js";
import { NAMES, type Recipe } from "./calls.js";
import { PLACES, type PlaceName } from "./places.js";

/** A call, the places of its arrays, and the place of its results: a new array, one of their own, or an argument. */
export interface Order {
  readonly recipe: Recipe;
  readonly places: readonly PlaceName[];
  readonly out: "new" | "own" | "argument";
  readonly isSync: boolean;
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });

/** A shape [outer, length, inner] of about `elements`. */
function around(elements: number, length: number, inner: number): number[] {
  return [Math.max(1, Math.ceil(elements / length / inner)), length, inner];
}

/** Lanes of some 130,000 to 300,000 elements, scaled: more than one thread gets. They take every way to share. */
const lanes: fc.Arbitrary<Pick<Recipe, "shape" | "axis">> = fc
  .integer({ min: scaled(2 ** 17), max: scaled(300_000) })
  .chain((n) =>
    fc.oneof(
      upTo(80).map((length) => ({ shape: around(n, length, 1).slice(0, 2), axis: -1 })),
      upTo(scaled(20_000)).map((length) => ({ shape: around(n, length, 1).slice(0, 2), axis: -1 })),
      // Rows are long from 65,537 elements on, whatever the scale.
      fc.integer({ min: 60_000, max: 70_000 }).map((length) => ({ shape: [FULL ? 3 : 1, length], axis: 1 })),
      fc.constant({ shape: [n], axis: 0 }),
      fc.tuple(upTo(900), upTo(34)).map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      fc
        .tuple(upTo(30), upTo(scaled(3000)))
        .map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      // Lanes are long from 513 elements on.
      fc
        .tuple(fc.integer({ min: 500, max: FULL ? 1500 : 600 }), upTo(FULL ? 500 : 50))
        .map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      upTo(12).map((length) => ({ shape: [length, Math.ceil(n / length) + scaled(140_000)], axis: 0 })),
      fc.tuple(upTo(60), upTo(60)).map(([a, b]) => ({ shape: [a, Math.ceil(n / a / b), b], axis: [0, 2] })),
      fc.tuple(upTo(60), upTo(60)).map(([a, b]) => ({ shape: [a, Math.ceil(n / a / b), b], axis: [1, 2] })),
      fc.constant({ shape: [7, Math.ceil(n / 7)], axis: null }),
      fc.constant({ shape: [7, Math.ceil(n / 7)], axis: [] }),
    ),
  );

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    name: fc.constantFrom(...NAMES),
    type: fc.constantFrom("f32", "f64"),
    lanes,
    temperature: fc.constantFrom(1, 1, 0.25, 7),
    mask: maybe(fc.constantFrom("whole", "lane")),
    weights: maybe(fc.constantFrom("whole", "lane")),
    normalizer: fc.boolean(),
    targets: fc.boolean(),
    labelSmoothing: maybe(fc.constantFrom(0.1, 1)),
    weight: fc.boolean(),
    reduction: maybe(fc.constantFrom("mean", "sum", "none")),
    edges: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ lanes, ...recipe }) => {
    // Log-ratios have one axis, and a component besides the reference.
    const isJoint = typeof lanes.axis !== "number" || lanes.shape.at(lanes.axis) === 1;
    const shape = recipe.name.startsWith("alr") && isJoint ? { shape: [scaled(4099), 40], axis: 1 } : lanes;
    return { ...recipe, ...shape };
  });

export const orders: fc.Arbitrary<Order> = fc.record({
  recipe: recipes,
  places: fc.array(fc.constantFrom(...PLACES), { minLength: 5, maxLength: 5 }),
  out: fc.constantFrom("new", "own", "argument"),
  isSync: fc.boolean(),
});
