/**
 * Candidates: values with the index that each has in its lane, in two arrays. Their order is everywhere the same: value
 * descending, then index ascending. So no two are alike, whatever the values are. None is NaN.
 */

/** Below this many, insertion is the fastest. */
const FEW = 12;

/** Parts the candidates `from` … `to` - 1 so that the first `count` of them come before the others, the last of these at its end. */
export function selectFirst(
  values: Float64Array,
  indices: Int32Array,
  from: number,
  to: number,
  count: number,
): void {
  const last = from + count - 1;
  // Hoare, "Find", 1961.
  while (to - from > 1) {
    const place = partition(values, indices, from, to);
    if (place === last) return;
    if (place < last) from = place + 1;
    else to = place;
  }
}

/** Puts the first `count` of the candidates `from` … `to` - 1, in order, at their beginning. */
export function sortFirst(
  values: Float64Array,
  indices: Int32Array,
  from: number,
  to: number,
  count: number,
): void {
  const end = from + count;
  // A quicksort that looks after the parts with places before `end` only (Martínez, "Partial quicksort", 2004).
  while (to - from > FEW) {
    const middle = partition(values, indices, from, to);
    sortFirst(values, indices, from, middle, Math.min(end, middle) - from);
    if (end <= middle + 1) return;
    from = middle + 1;
  }
  for (let k = from + 1; k < to; k++) insert(values, indices, from, k);
}

/** Moves candidate k forward to its place among the sorted ones before it. */
function insert(values: Float64Array, indices: Int32Array, from: number, k: number): void {
  const value = values[k];
  const index = indices[k];
  let place = k;
  for (; place > from && isBefore(value, index, values[place - 1], indices[place - 1]); place--) {
    values[place] = values[place - 1];
    indices[place] = indices[place - 1];
  }
  values[place] = value;
  indices[place] = index;
}

function isBefore(value: number, index: number, other: number, otherIndex: number): boolean {
  return value > other || (value === other && index < otherIndex);
}

/** Parts the candidates by one of them: those before it, itself, those after it. Returns its place. */
function partition(values: Float64Array, indices: Int32Array, from: number, to: number): number {
  const last = to - 1;
  const middle = (from + last) >> 1;
  // The median of three goes to the end.
  if (isBefore(values[middle], indices[middle], values[from], indices[from]))
    swap(values, indices, from, middle);
  if (isBefore(values[last], indices[last], values[from], indices[from])) swap(values, indices, from, last);
  if (isBefore(values[middle], indices[middle], values[last], indices[last]))
    swap(values, indices, middle, last);
  const pivot = values[last];
  const pivotIndex = indices[last];
  let place = from;
  for (let k = from; k < last; k++) {
    if (isBefore(values[k], indices[k], pivot, pivotIndex)) swap(values, indices, place++, k);
  }
  swap(values, indices, place, last);
  return place;
}

function swap(values: Float64Array, indices: Int32Array, j: number, k: number): void {
  const value = values[j];
  const index = indices[j];
  values[j] = values[k];
  indices[j] = indices[k];
  values[k] = value;
  indices[k] = index;
}
