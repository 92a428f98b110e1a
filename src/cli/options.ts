/** What the arguments of all commands share: `node:util`'s parseArgs, and checks of its strings. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "../formats/errors.js";

/** What people from other tools write. */
const OTHER_WORDS: { readonly [name: string]: string } = {
  out: "output",
  input: "a plain argument",
  operation: "op",
  temp: "temperature",
  dim: "axis",
  type: "dtype",
  workers: "threads",
  jobs: "threads",
  overwrite: "force",
  yes: "force",
  silent: "quiet",
  "output-format": "to",
  "input-format": "format",
  nan: "non-finite",
};

/** `node:util`'s parseArgs, whose errors are given advice. */
export function parsed<const O extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: O,
) {
  try {
    return parseArgs({ args: joined(args), options, allowPositionals: true, strict: true });
  } catch (error) {
    const { message } = error as Error;
    const name = /'--?([\w-]+)/.exec(message)?.[1];
    const right = name === undefined ? undefined : suggestion(name, Object.keys(options));
    const hint = right === undefined ? "" : `: did you mean ${right}?`;
    throw new UsageError(`${message.split(". To specify")[0].replace(/\.$/, "")}${hint}`, { cause: error });
  }
}

/** parseArgs takes no value that begins with a dash from an argument of its own: `--null -inf`, `--axis -1`. */
function joined(args: readonly string[]): string[] {
  const all: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const next = args[at + 1];
    const isValue = next !== undefined && /^-(inf|\d+)$/.test(next);
    if (isValue && /^--(null|axis)$/.test(args[at])) all.push(`${args[at]}=${args[++at]}`);
    else all.push(args[at]);
  }
  return all;
}

function suggestion(name: string, names: readonly string[]): string | undefined {
  if (Object.hasOwn(OTHER_WORDS, name)) {
    const word = OTHER_WORDS[name];
    return word.includes(" ") ? word : `--${word}`;
  }
  const near = names.find((option) => option.startsWith(name) || name.startsWith(option));
  return near === undefined || near === "k" ? undefined : `--${near}`;
}

export function oneOf<T extends string>(name: string, value: string, all: readonly T[]): T {
  const found = all.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`--${name} must be ${all.slice(0, -1).join(", ")} or ${all.at(-1)}, got ${value}`);
}

export function integer(name: string, text: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
  const range =
    most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : least > 0 ? ` of at least ${least}` : "";
  throw new UsageError(`${name.length === 1 ? "-" : "--"}${name} must be an integer${range}, got ${text}`);
}

/** Names may be separated by commas, and the option may be given several times. */
export function namesOf(lists: readonly string[] | undefined): string[] | undefined {
  return lists?.flatMap((list) => list.split(",")).filter((name) => name !== "");
}

/** Options as they came out of `parsed`, as arguments again. */
export function wordsOf(values: { readonly [name: string]: unknown }): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return [value].flat().map((one) => `--${name}=${one}`);
  });
}
