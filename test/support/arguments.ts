import { describe } from "vitest";
import { type Library, libraries } from "./backends.js";
import { FULL } from "./extent.js";

/**
 * For what happens before a backend is asked, which validation.test.ts shows to be the same on all of them. On the kernels,
 * as only they have a memory of their own.
 */
export const argumentLibraries: readonly Library[] = libraries.filter(
  ({ backend }) => FULL || backend === "simd",
);

export function describeArguments(suite: (library: Library) => void): void {
  for (const library of argumentLibraries) describe(library.backend, () => suite(library));
}
