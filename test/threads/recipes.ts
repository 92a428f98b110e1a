import fc from "fast-check";
import { NAMES, type Name, type Recipe } from "./calls.js";
import { PLACES, type PlaceName } from "./places.js";

/** A call, where its arrays lie, and where its results go: to a new array, to one of their own, or to an argument. */
export interface Order {
  readonly recipe: Recipe;
  readonly places: readonly PlaceName[];
  readonly out: "new" | "own" | "argument";
  readonly isSync: boolean;
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });

/** Shapes [outer, length, inner] of about `elements`, of which two are drawn. */
function around(elements: number, length: number, inner: number): number[] {
  return [Math.max(1, Math.ceil(elements / length / inner)), length, inner];
}

/** Lanes of some 130,000 to 300,000 elements, more than one thread is for: every way that they can be shared. */
const lanes: fc.Arbitrary<Pick<Recipe, "shape" | "axis">> = fc
  .integer({ min: 2 ** 17, max: 300_000 })
  .chain((n) =>
    fc.oneof(
      upTo(80).map((length) => ({ shape: around(n, length, 1).slice(0, 2), axis: -1 })),
      upTo(20_000).map((length) => ({ shape: around(n, length, 1).slice(0, 2), axis: -1 })),
      fc.integer({ min: 60_000, max: 70_000 }).map((length) => ({ shape: [3, length], axis: 1 })),
      fc.constant({ shape: [n], axis: 0 }),
      fc.tuple(upTo(900), upTo(34)).map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      fc.tuple(upTo(30), upTo(3000)).map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      fc
        .tuple(fc.integer({ min: 500, max: 1500 }), upTo(500))
        .map(([length, inner]) => ({ shape: around(n, length, inner), axis: 1 })),
      upTo(12).map((length) => ({ shape: [length, Math.ceil(n / length) + 140_000], axis: 0 })),
      fc.tuple(upTo(60), upTo(60)).map(([a, b]) => ({ shape: [a, Math.ceil(n / a / b), b], axis: [0, 2] })),
      fc.tuple(upTo(60), upTo(60)).map(([a, b]) => ({ shape: [a, Math.ceil(n / a / b), b], axis: [1, 2] })),
      fc.constant({ shape: [7, Math.ceil(n / 7)], axis: null }),
      fc.constant({ shape: [7, Math.ceil(n / 7)], axis: [] }),
    ),
  );

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });

const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    name: fc.constantFrom(...(Object.keys(NAMES) as Name[])),
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
    // Log-ratios have one axis, and a component beside the reference.
    const isJoint = typeof lanes.axis !== "number" || lanes.shape.at(lanes.axis) === 1;
    const shape = recipe.name.startsWith("alr") && isJoint ? { shape: [4099, 40], axis: 1 } : lanes;
    return { ...recipe, ...shape };
  });

export const orders: fc.Arbitrary<Order> = fc.record({
  recipe: recipes,
  places: fc.array(fc.constantFrom(...PLACES), { minLength: 5, maxLength: 5 }),
  out: fc.constantFrom("new", "own", "argument"),
  isSync: fc.boolean(),
});
