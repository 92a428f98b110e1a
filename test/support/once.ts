/** Computes what belongs to a key once, for the tests of all backends in a file. */
export function once<T>(): (key: string, compute: () => T) => T {
  const known = new Map<string, T>();
  return (key, compute) => {
    const value = known.get(key) ?? compute();
    known.set(key, value);
    return value;
  };
}
