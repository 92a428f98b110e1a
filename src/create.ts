import type { BackendName, SyncBackend } from "./backend/backend.js";
import { type BackendOptions, precompile, select } from "./backend/select.js";
import type { Operations } from "./operations.js";
import * as operations from "./operations.js";

export interface Instance extends Operations {
  readonly backend: BackendName;
}

/**
 * Makes an instance of its own: to choose the backend, or to be able to give memory back, which happens when the
 * instance is dropped. Throws if the backend or module that was asked for cannot be used.
 */
export function createSoftmax(options?: BackendOptions): Instance {
  const backend = select(options);
  return { backend: backend.name, ...operations.bind(() => backend) };
}

let shared: SyncBackend | undefined;

function sharedBackend(): SyncBackend {
  shared ??= select();
  return shared;
}

export const softmax = /* @__PURE__ */ operations.softmaxOn(sharedBackend);
export const logSoftmax = /* @__PURE__ */ operations.logSoftmaxOn(sharedBackend);
export const logSumExp = /* @__PURE__ */ operations.logSumExpOn(sharedBackend);
export const logSumExpSigned = /* @__PURE__ */ operations.logSumExpSignedOn(sharedBackend);
export const logAddExp = /* @__PURE__ */ operations.logAddExpOn(sharedBackend);
export const softmaxVjp = /* @__PURE__ */ operations.softmaxVjpOn(sharedBackend);
export const logSoftmaxVjp = /* @__PURE__ */ operations.logSoftmaxVjpOn(sharedBackend);
export const logSumExpVjp = /* @__PURE__ */ operations.logSumExpVjpOn(sharedBackend);
export const crossEntropy = /* @__PURE__ */ operations.crossEntropyOn(sharedBackend);
export const crossEntropyGrad = /* @__PURE__ */ operations.crossEntropyGradOn(sharedBackend);
export const alr = /* @__PURE__ */ operations.alrOn(sharedBackend);
export const alrInverse = /* @__PURE__ */ operations.alrInverseOn(sharedBackend);
export const clr = /* @__PURE__ */ operations.clrOn(sharedBackend);
export const clrInverse = /* @__PURE__ */ operations.clrInverseOn(sharedBackend);
export const sigmoid = /* @__PURE__ */ operations.sigmoidOn(sharedBackend);
export const logSigmoid = /* @__PURE__ */ operations.logSigmoidOn(sharedBackend);
export const softplus = /* @__PURE__ */ operations.softplusOn(sharedBackend);
export const logit = /* @__PURE__ */ operations.logitOn(sharedBackend);
export const LogSumExp = /* @__PURE__ */ operations.LogSumExpOn(sharedBackend);
export const allocate = /* @__PURE__ */ operations.allocateOn(sharedBackend);

/** The accumulator that the class LogSumExp makes. */
export type LogSumExp = InstanceType<Operations["LogSumExp"]>;

/** The backend of the plain functions. */
export function backend(): BackendName {
  return sharedBackend().name;
}

/**
 * Optional: compiles the kernels without blocking, so that the first call of an operation need not, and resolves
 * to the backend found. With options, the plain functions use that backend or module from then on.
 */
export async function init(options?: BackendOptions): Promise<BackendName> {
  if (options !== undefined || shared === undefined) await precompile(options);
  if (options !== undefined) shared = select(options);
  return backend();
}
