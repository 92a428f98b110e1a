import { mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Block, blocks } from "../docs/blocks.js";
import { type Check, checkColumn } from "../docs/tokensTable.js";
import { DOCUMENTED, reporting } from "./reporting.js";
import { INSTALL_TIMEOUT, install, run } from "./run.js";
import { CELLS } from "./transformersCells.js";

const tarball = inject("tarball");
const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** One onnxruntime-web in place of two. sharp brings binaries that nothing here runs. */
const OVERRIDES = {
  "onnxruntime-web": "1.30.0",
  sharp: "npm:tslib@2.8.1",
};

// The blocks of docs/ that need other packages: type-checked beside their types, and run beside the packed package.
const modules = blocks().filter(({ host }) => host === "npm");
const nameOf = ({ place }: Block) => place.replaceAll(/\W/g, "-");
const folder = mkdtempSync(join(dirname(tarball), "peers-"));

beforeAll(() => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", overrides: OVERRIDES }));
  install(folder, tarball, ...new Set(modules.flatMap(({ packages }) => packages)));
}, INSTALL_TIMEOUT);

/** The path of a module of TypeScript, bundled but for packages. */
function bundle(name: string, contents: string): string {
  const outfile = join(folder, `${name}.mjs`);
  buildSync({
    stdin: { contents, loader: "ts", resolveDir: folder },
    bundle: true,
    packages: "external",
    format: "esm",
    outfile,
  });
  return outfile;
}

/** The block of the documentation in which this stands. */
function blockWith(text: string): string {
  const found = modules.find(({ code }) => code.includes(text));
  if (found === undefined) throw new Error(`no block has ${text}`);
  return found.code;
}

describe("blocks beside other packages", () => {
  test("strict TypeScript", () => {
    for (const block of modules) writeFileSync(join(folder, `${nameOf(block)}.mts`), block.code);
    const compilerOptions = {
      strict: true,
      target: "es2022",
      lib: ["es2022", "dom", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(dirname(tsc), "../../@types")],
      skipLibCheck: true,
      noEmit: true,
    };
    const project = { compilerOptions, include: ["*.mts"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
    expect(run(folder, process.execPath, tsc, "--project", ".")).toBe("");
  });

  test.each(modules)("$place", (block) => {
    const outfile = bundle(nameOf(block), reporting(block.code, "console.log"));
    expect(run(folder, process.execPath, outfile).trim()).toMatch(DOCUMENTED);
  });
});

// In Node 20 bits, in 26 a Float16Array.
describe.each(["20", "26"])("a float16 output in Node %s", (node) => {
  let execPath: string;

  beforeAll(() => {
    execPath = run(dirname(tarball), "npx", "--yes", `node@${node}`, "--print", "process.execPath").trim();
  }, INSTALL_TIMEOUT);

  test.each(["onnxruntime-node", "onnxruntime-web"])("of %s", (runtime) => {
    const code = blockWith('from "onnxruntime-web"').replace('from "onnxruntime-web"', `from "${runtime}"`);
    const kind = `console.log(y.data.constructor.name, softmax(y.data as never, { dtype: "float16" } as never).constructor.name);`;
    const outfile = bundle(`${runtime}-${node}`, `${reporting(code, "console.log")}\n${kind}`);
    const type = node === "20" ? "Uint16Array" : "Float16Array";
    const [results, kinds] = run(folder, execPath, outfile).trim().split("\n");
    expect(results).toMatch(DOCUMENTED);
    expect(kinds).toBe(`${type} ${type}`);
  });
});

/** A model without weights: `generate` of transformers.js takes the same logits at each step. */
const MODEL = `
  import { PreTrainedModel, PretrainedConfig, SuppressTokensAtBeginLogitsProcessor, SuppressTokensLogitsProcessor,
    TemperatureLogitsWarper, LogitsProcessorList as List, Tensor as T, random as generator } from "@huggingface/transformers";
  import * as ours from "softmax-wasm";

  class Fixed extends PreTrainedModel {
    main_input_name = "input_ids";
    forward_params = ["input_ids", "attention_mask"];
    can_generate = true;
    constructor(readonly row: number[]) {
      super(new PretrainedConfig({ model_type: "llama", is_encoder_decoder: false }), {}, {});
      Object.assign(this, { _prepare_inputs_for_generation: (_: unknown, __: unknown, inputs: unknown) => inputs });
    }
    override async forward({ input_ids }: any) {
      const [rows] = input_ids.dims;
      const logits = Array.from({ length: rows }, () => this.row).flat();
      return { logits: new T("float32", Float32Array.from(logits), [rows, 1, this.row.length]) };
    }
  }

  /** The tokens that are generated, in two rows. */
  async function generate(row: number[], count: number, options: object): Promise<number[][]> {
    const twice = () => new T("int64", [0n, 0n], [2, 1]);
    const inputs = { input_ids: twice(), attention_mask: twice() };
    const sequences: any = await new Fixed(row).generate({ ...inputs, max_new_tokens: count, ...options } as never);
    return sequences.tolist().map((tokens: bigint[]) => tokens.slice(1).map(Number));
  }

  /** Which tokens are drawn, in ascending order. */
  async function drawn(row: number[], options: object, count = 150): Promise<number[]> {
    const tokens = await generate(row, count, { do_sample: true, ...options });
    return [...new Set(tokens.flat())].sort((a, b) => a - b);
  }

  /** A list of one processor, which writes to the logits. */
  function processor(write: (row: Float32Array) => void): List {
    const list = new List();
    list.push(((_: unknown, logits: T) => (write(logits.data as Float32Array), logits)) as never);
    return list;
  }

  /** What it gives, and what is logged meanwhile. */
  async function heard<R>(act: () => Promise<R>): Promise<[R, string[]]> {
    const said: string[] = [];
    const { log, warn, error } = console;
    console.log = console.warn = console.error = (...text: unknown[]) => { said.push(text.join(" ")); };
    try {
      return [await act(), said];
    } finally {
      Object.assign(console, { log, warn, error });
    }
  }

  const topP = (p: number) => ({ top_k: 0, top_p: p });
  const print = (value: unknown) => console.log(JSON.stringify(value));
`;

let count = 0;

/** What a module prints that knows the model, after the code of a block. */
function beside(code: string, block = ""): unknown {
  const outfile = bundle(`model-${++count}`, `${block}\n${MODEL}\n${code}`);
  return JSON.parse(run(folder, process.execPath, outfile).trim().split("\n").at(-1) ?? "");
}

describe("transformers.js", () => {
  const row = "[3, 2.5, 1, 0, -4]";

  test("the processor that filters sees logits / T, and nothing else is drawn", () => {
    const code = `
      generator.seed(1);
      const seen: number[][] = [];
      const list = processor((row) => seen.push([...row]));
      list.push(new Filters({ topP: 0.9, minP: 0.05 }));
      const tokens = await drawn(${row}, { top_k: 0, temperature: 2, logits_processor: list });
      print([seen[0], tokens, [...ours.candidates(${row}, { temperature: 2, topP: 0.9, minP: 0.05 }).indices]]);`;
    const half = [1.5, 1.25, 0.5, 0, -2];
    expect(beside(code, blockWith("class Filters"))).toEqual([
      [...half, ...half],
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  test("the processor that draws gives the tokens of sample, with the generator of transformers.js", () => {
    const options = "temperature: 0.7, topP: 0.9";
    const code = `
      const list = new LogitsProcessorList();
      const theirs = new random.Random(42);
      list.push(new Draws({ ${options} }, () => theirs.random()));
      const tokens = await generate(${row}, 100, { do_sample: false, logits_processor: list });
      const own = new random.Random(42);
      const batch = [...${row}, ...${row}];
      const wanted = Array.from({ length: 100 }, () =>
        ours.sample(batch, { ${options}, shape: [2, 5], random: () => own.random() }));
      print([tokens, [0, 1].map((lane) => wanted.map((pair) => pair[lane]))]);`;
    const [tokens, wanted] = beside(code, blockWith("class Draws")) as [number[][], number[][]];
    expect(tokens).toEqual(wanted);
    expect(new Set(tokens.flat())).toEqual(new Set([0, 1]));
  });

  test("its processors of suppressed tokens leave what a mask leaves", () => {
    const code = `
      const logits = Float32Array.of(9, 8, 3, 2, 7, 1);
      const suppress = new SuppressTokensLogitsProcessor([1, 4]);
      const atBegin = new SuppressTokensAtBeginLogitsProcessor([0], 1);
      const left = (ids: bigint[]) => {
        const tensor = new T("float32", logits.slice(), [1, 6]);
        return [...ours.softmax(atBegin([ids], suppress([ids], tensor)).data as Float32Array)];
      };
      print([
        [left([0n]), [...ours.softmax(logits, { mask: [0, 0, 1, 1, 0, 1] })]],
        [left([0n, 0n]), [...ours.softmax(logits, { mask: [1, 0, 1, 1, 0, 1] })]],
      ]);`;
    for (const [theirs, ours] of beside(code) as number[][][]) expect(theirs).toEqual(ours);
  });
});

describe("transformers.js in the table of docs/tokens.md", () => {
  let results: { readonly [row: string]: unknown };

  beforeAll(() => {
    const calls = Object.entries(CELLS).map(
      ([row, [, code]]) => `results[${JSON.stringify(row)}] = await (async () => { ${code} })();`,
    );
    const code = `const results: { [row: string]: unknown } = {}; generator.seed(1); ${calls.join("\n")} print(results);`;
    results = beside(code) as typeof results;
  }, INSTALL_TIMEOUT);

  const checks = Object.entries(CELLS).map(([row, [cell, , wanted]]): [string, { [cell: string]: Check }] => [
    row,
    { [cell]: () => expect(results[row]).toEqual(wanted) },
  ]);
  checkColumn("transformers.js", Object.fromEntries(checks));
});
