import { ELEMENTWISE } from "../../assembly/abi.js";
import type { ElementOperation, LaneOperation } from "../../src/backend/backend.js";
import { OPERATIONS } from "../../src/backend/operations.js";

type Rows = typeof import("../../src/backend/operations.js");

/** The names of the operations on lanes. */
export type LaneName = { [Name in keyof Rows]: Rows[Name] extends LaneOperation ? Name : never }[keyof Rows];
/** The names of the operations on single elements. */
export type ElementName = {
  [Name in keyof Rows]: Rows[Name] extends ElementOperation ? Name : never;
}[keyof Rows];

const BY_NAME = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

export const laneOperation = (name: LaneName) => BY_NAME.get(name) as LaneOperation;
export const elementOperation = (name: ElementName) => BY_NAME.get(name) as ElementOperation;

/** All operations on lanes, by name. */
export const laneNames = OPERATIONS.filter(({ code }) => !(code & ELEMENTWISE)).map(
  ({ name }) => name as LaneName,
);
