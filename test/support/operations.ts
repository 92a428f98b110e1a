import { ELEMENTWISE } from "../../assembly/abi.js";
import type { ElementOperation, LaneOperation } from "../../src/backend/backend.js";
import * as operations from "../../src/backend/operations.js";

type Rows = typeof operations;

/** The names of the operations on lanes. */
export type LaneName = { [Name in keyof Rows]: Rows[Name] extends LaneOperation ? Name : never }[keyof Rows];
/** The names of the operations on single elements. */
export type ElementName = Exclude<keyof Rows, LaneName>;

export const laneOperation = (name: LaneName): LaneOperation => operations[name];
export const elementOperation = (name: ElementName): ElementOperation => operations[name];

/** All operations on lanes, by name. */
export const laneNames = Object.values(operations)
  .filter(({ code }) => !(code & ELEMENTWISE))
  .map(({ name }) => name as LaneName);
