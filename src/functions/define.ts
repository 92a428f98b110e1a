import type { Backend, SyncBackend } from "../backend/backend.js";
import { LaterBackend } from "../backend/select.js";

/** The key of what a function was made from. */
const BIND: unique symbol = /* @__PURE__ */ Symbol("bind");

/** Makes a function that computes on the backend it is given, found at each call. */
type Bind = (backend: () => Backend) => unknown;

/**
 * Defines a function of the package on the module's own backend. `bind` names the function's arguments, as unknown until
 * they are checked: F says what TypeScript lets pass. Each function has its own arrow, so V8's feedback stays monomorphic
 * and a bundle leaves out what it does not use.
 */
export function define<F>(bind: Bind): F {
  return Object.assign(bind(sharedBackend) as object, { [BIND]: bind }) as F;
}

/** The same function on another backend. One that needs no backend asks for it all the same: a closed pool then throws. */
export function onBackend<F>(defined: F, backend: () => Backend): F {
  const { [BIND]: bind } = defined as { readonly [BIND]?: Bind };
  if (bind !== undefined) return bind(backend) as F;
  const call = defined as (...args: unknown[]) => unknown;
  return ((...args: unknown[]) => {
    backend();
    return call(...args);
  }) as F;
}

let shared: SyncBackend | undefined;
/** Stands for the backend as long as nothing has needed kernels. */
let later: SyncBackend | undefined;

/** The backend of the module's functions. */
export function sharedBackend(): SyncBackend {
  shared ??= sharedLater();
  return shared;
}

function sharedLater(): SyncBackend {
  later = new LaterBackend((backend) => {
    if (shared === later) shared = backend;
  });
  return later;
}

/** Whether it has been found. */
export function hasSharedBackend(): boolean {
  return shared !== later;
}

export function useBackend(backend: SyncBackend): void {
  shared = backend;
}
