import { readNpy } from "./npy.js";

/** Logits as rows of equal length. */
export interface Table {
  values: Float64Array;
  columns: number;
}

/** So many numbers are computed on as the slider moves. */
const MOST = 1_000_000;
const WORDS: Record<string, number> = {
  inf: Infinity,
  "+inf": Infinity,
  infinity: Infinity,
  "+infinity": Infinity,
  "-inf": -Infinity,
  "-infinity": -Infinity,
  nan: NaN,
};

/** Numbers apart by commas, semicolons or blanks. Lines of equally many, at least two, are rows. Throws an Error that names the word. */
export function readText(text: string): Table {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.split(/[\s,;[\]]+/).filter(Boolean))
    .filter((line) => line.length > 0);
  const columns = lines[0]?.length ?? 0;
  const isTable = columns > 1 && lines.every((line) => line.length === columns);
  const values = Float64Array.from(lines.flat(), toNumber);
  return checked({ values, columns: isTable ? columns : values.length });
}

/** Reads .npy, JSON, and CSV or other text. Throws an Error that says what is wrong. */
export async function readFile(file: File): Promise<Table> {
  const buffer = await file.arrayBuffer();
  if (new TextDecoder().decode(buffer.slice(1, 6)) === "NUMPY") return checked(readNpy(buffer));
  const text = new TextDecoder().decode(buffer);
  if (file.name.endsWith(".json")) return readJson(text);
  // A first line of names is none of numbers.
  const [first, ...rest] = text.split("\n");
  return readText(/^[\s"]*(?!inf|nan)[a-z_]/i.test(first) ? rest.join("\n") : text);
}

function readJson(text: string): Table {
  const value: unknown = JSON.parse(text);
  const list = Array.isArray(value) ? value : Object.values(value as object).find(Array.isArray);
  if (!list) throw new Error("JSON without a list; expected a list of numbers, or of lists of them");
  const columns = Array.isArray(list[0]) ? list[0].length : list.length;
  return checked({
    values: Float64Array.from(list.flat(), (x) => (x === null ? -Infinity : toNumber(String(x)))),
    columns,
  });
}

function toNumber(word: string): number {
  const value = WORDS[word.toLowerCase()] ?? Number(word);
  if (Number.isNaN(value) && word.toLowerCase() !== "nan") throw new Error(`“${word}” is no number`);
  return value;
}

function checked(table: Table): Table {
  const { values, columns } = table;
  if (values.length === 0) throw new Error("no numbers; expected at least one logit");
  if (columns > MOST) throw new Error(`${columns} logits; expected at most ${MOST}`);
  return table;
}
