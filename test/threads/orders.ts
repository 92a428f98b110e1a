import type { FloatArray } from "../../src/index.js";
import type { Pool } from "../../src/threads/index.js";
import type { Library } from "../support/backends.js";
import { expectSame } from "../support/same.js";
import { callOf, execute, numbersOf, OVERWRITABLE } from "./calls.js";
import { Places } from "./places.js";
import type { Order } from "./recipes.js";

/** A call of a pool that is ready to be made, and the results that it must have. */
export class Prepared {
  private readonly places: Places;
  private readonly call;
  private readonly expected: FloatArray[];
  private readonly out: unknown;

  constructor(
    private readonly pool: Pool,
    library: Library,
    private readonly order: Order,
  ) {
    const { recipe, places } = order;
    const call = callOf(recipe);
    this.expected = numbersOf(execute(library, call));
    this.places = new Places(pool.allocate);
    const arrays = Object.entries(call.arrays).map(([key, array], k) => [
      key,
      this.places.put(array, places[k]),
    ]);
    this.call = { ...call, arrays: Object.fromEntries(arrays) };
    this.out = this.chooseOut();
  }

  /** Makes the call. Rejects unless its results are those of the library. */
  async run(): Promise<void> {
    const { pool, call, order, out } = this;
    const result = await execute(order.isSync ? pool.sync : pool, call, out);
    if (out !== undefined && result !== out) throw new Error("the result is not out");
    const numbers = numbersOf(result);
    for (const [k, array] of this.expected.entries()) expectSame(numbers[k], array);
  }

  /** Frees the arrays in the memory of the pool. */
  free(): void {
    this.places.free();
  }

  private chooseOut(): unknown {
    const { expected, order, call } = this;
    const { name, arrays } = call;
    const takesOut = name !== "crossEntropy" || order.recipe.reduction === "none";
    if (order.out === "new" || !takesOut) return undefined;
    const argument = OVERWRITABLE[order.recipe.name][order.recipe.seed % 2];
    if (order.out === "argument" && argument !== undefined) return arrays[argument];
    const [value, sign] = expected.map((array) => this.places.room(array, order.places[4]));
    return sign ? { value, sign } : value;
  }
}
