import type { ComputeType } from "./format.js";
import type { Input } from "./input.js";
import { InputReader } from "./reader.js";
import { type Selection, selectLanes, type TableColumn, type TableOptions } from "./table.js";
import type { KeptType } from "./tableKept.js";

/** A reader of a table: which of its columns it reads, and what these are. */
export abstract class TableReader extends InputReader {
  readonly type: ComputeType;
  readonly columns: readonly string[] | undefined;
  readonly field: string | undefined;
  readonly kept: readonly string[];
  readonly keptTypes: ReadonlyMap<string, KeptType>;
  protected selection: Selection;

  constructor(
    input: Input,
    all: readonly TableColumn[],
    protected readonly options: TableOptions,
  ) {
    super(input);
    this.selection = selectLanes(input.name, all, options);
    const { type, lane, isList, keep } = this.selection;
    const namesOf = (places: readonly number[]) => places.map((at) => all[at].name);
    this.type = type;
    this.columns = isList ? undefined : namesOf(lane);
    this.field = isList ? all[lane[0]].name : undefined;
    this.kept = namesOf(keep);
    this.keptTypes = new Map(keep.map((at) => [all[at].name, all[at].kept as KeptType]));
  }
}
