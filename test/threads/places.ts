import type { Allocate } from "../../src/functions/instance.js";
import type { FloatArray, Resident } from "../../src/index.js";

/** Where an array can lie. A part begins at an odd element of something larger. */
export const PLACES = ["private", "part", "shared", "sharedPart", "resident", "residentPart"] as const;
export type PlaceName = (typeof PLACES)[number];

type AnyArray = FloatArray | Uint8Array | Int32Array;

/** Makes arrays in places, and frees them all. */
export class Places {
  private readonly residents: Resident[] = [];

  constructor(private readonly allocate: Allocate) {}

  /** A copy of the array there. */
  put<T extends AnyArray>(array: T, place: PlaceName): T {
    const copy = this.make(array, place);
    copy.set(array);
    return copy;
  }

  /** An array of the type and length of another. It holds no result. */
  room<T extends FloatArray>(like: T, place: PlaceName): T {
    return this.make(like, place).fill(7) as T;
  }

  free(): void {
    for (const resident of this.residents.splice(0)) resident.free();
  }

  private make<T extends AnyArray>(like: T, place: PlaceName): T {
    const { length, BYTES_PER_ELEMENT: size } = like;
    const isPart = place.endsWith("art");
    const offset = isPart ? 3 * size : 0;
    const bytes = (length + (isPart ? 5 : 0)) * size;
    const ArrayType = like.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => T;
    if (place.startsWith("resident")) {
      const resident = this.allocate("f64", Math.ceil(bytes / 8));
      this.residents.push(resident);
      const { buffer, byteOffset } = resident.view;
      return new ArrayType(buffer, byteOffset + offset, length);
    }
    const buffer = place.startsWith("shared") ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    return new ArrayType(buffer, offset, length);
  }
}
