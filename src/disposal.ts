/**
 * The key of the method that `using` or `await using` calls, where the user's TypeScript libraries declare it: es2022 does
 * not. (A reference to the library that does would declare it for all of the user's code.)
 */
type KeyOf<Name extends "dispose" | "asyncDispose"> = SymbolConstructor extends {
  readonly [N in Name]: infer Key extends symbol;
}
  ? Key
  : never;

/** What a `using` block frees at its end. */
export type Disposal = { readonly [Key in KeyOf<"dispose">]: () => void };

/** What an `await using` block closes at its end. */
export type AsyncDisposal = { readonly [Key in KeyOf<"asyncDispose">]: () => Promise<void> };

/** Engines without them (Node 20 in the contexts of node:vm, Safari) run `using` compiled, by these symbols. */
export const DISPOSE: typeof Symbol.dispose = Symbol.dispose ?? /* @__PURE__ */ Symbol.for("Symbol.dispose");
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? /* @__PURE__ */ Symbol.for("Symbol.asyncDispose");
