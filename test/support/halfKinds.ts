export type Halves = ArrayBufferView & { readonly length: number };

/** The host's own Float16Array, where it has one. */
export const NativeHalf = (globalThis as { Float16Array?: new (length: number) => Halves }).Float16Array;

/** What polyfills of Float16Array are: a proxy of the Uint16Array of its bits, which says another name. */
export const HalfPolyfill = class Float16Array {
  constructor(length: number | ArrayBufferLike, byteOffset?: number, count?: number) {
    const bits = new Uint16Array(length as ArrayBuffer, byteOffset, count);
    Object.setPrototypeOf(bits, Float16Array.prototype);
    // biome-ignore lint/correctness/noConstructorReturn: as @petamoriken/float16 does.
    return new Proxy(bits, {
      get(target, key) {
        const getters = Object.getPrototypeOf(Uint16Array.prototype);
        if (key === Symbol.toStringTag) return "Float16Array";
        if (typeof key === "string" && /^\d+$/.test(key)) throw new Error("read the bits");
        const isOwn = key !== "constructor" && Object.hasOwn(getters, key);
        return Reflect.get(isOwn ? getters : target, key, target);
      },
    }) as unknown as Float16Array;
  }
} as unknown as new (
  length: number,
) => Halves;
