import { existsSync } from "node:fs";
import { DataError } from "../formats/errors.js";
import { openFile } from "../formats/input.js";
import { readLabels } from "../formats/labels.js";

/** Labels of the rows: of a column beside the logits, or of a file, in the order of the rows. */
export type LabelSource =
  | { readonly column: string; readonly file?: undefined }
  | { readonly column?: undefined; readonly file: string; readonly all: Int32Array };

/** What --labels means: a name that no file has is that of a column, or the reader says which there are. */
export async function labelSource(labels: string): Promise<LabelSource> {
  if (existsSync(labels)) return { file: labels, all: await readLabels(await openFile(labels)) };
  if (/\.(npy|txt|csv)$/.test(labels)) throw new DataError(`${labels}: there is no such file`);
  return { column: labels };
}
