import type { Operands, Operation } from "../../src/backend/backend.js";
import { masked, PLAIN } from "../../src/backend/plain.js";

/** The arrays among the operands of an operation. */
export type Arrays = Omit<Operands, "plain">;

/** Completes them by the operation in plain TypeScript, as the public functions do. */
export function withPlain(operation: Operation, arrays: Arrays | undefined): Operands | undefined {
  return arrays && { ...arrays, plain: PLAIN[operation] ?? masked };
}
