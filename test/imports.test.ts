import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const GROUND = [
  "src/math/",
  "src/types.ts",
  "src/dtype.ts",
  "src/describe.ts",
  "src/disposal.ts",
  "src/maybePromise.ts",
  "src/resident.ts",
];
const FUNCTIONS = ["src/functions/", "src/sampling/", "src/arguments/", "src/backend/", ...GROUND];

/** What the files of a room may import, besides each other and assembly/abi.ts. The first room that fits counts. */
const ROOMS: readonly (readonly [room: string, imports: readonly string[]])[] = [
  ["src/index.ts", ["src/stream/stream.ts", ...FUNCTIONS]],
  ["src/math/", GROUND],
  ["src/arguments/", GROUND],
  ["src/backend/js/", ["src/backend/*", ...GROUND]],
  ["src/backend/wasm/", ["src/backend/*", "build/", ...GROUND]],
  ["src/backend/", GROUND],
  ["src/functions/", ["src/sampling/", "src/arguments/", "src/backend/", ...GROUND]],
  ["src/sampling/", ["src/arguments/", "src/backend/*", ...GROUND]],
  ["src/stream/", FUNCTIONS],
  ["src/formats/", GROUND],
  ["src/cli/", ["src/formats/", "src/index.ts", "src/threads/index.ts", ...GROUND]],
  ["src/threads/index.ts", ["src/threads/", ...FUNCTIONS]],
  ["src/threads/native.ts", ["src/threads/caller/", ...FUNCTIONS]],
  // Its version.
  ["src/threads/shared/", ["package.json", ...FUNCTIONS]],
  ["src/threads/caller/", ["src/threads/shared/", ...FUNCTIONS]],
  ["src/threads/worker/", ["src/threads/shared/", ...FUNCTIONS]],
  ["src/", GROUND],
  // The package as it is built, and the references of the tests.
  [
    "bench/peers/",
    ["bench/", "src/index.ts", "src/threads/index.ts", "dist/", "examples/terminal.ts", "test/support/"],
  ],
  // The digits, the references of the tests, and the diagram that the command draws.
  [
    "bench/docs/",
    ["bench/", "src/index.ts", "src/cli/reliability.ts", "examples/", "test/support/", "test/engines/"],
  ],
  ["bench/engines/", ["bench/", "examples/terminal.ts", "test/engines/"]],
  ["bench/", ["src/index.ts", "src/threads/index.ts", "examples/random.ts", "examples/terminal.ts"]],
  // By its name, as users do: no path into src.
  ["examples/", []],
];

/** What a family of functions may import of the others: these of any, and a helper of its own. */
const SHARED = [
  "define.ts",
  "loans.ts",
  "parameters.ts",
  "signatures.ts",
  "all.ts",
  "packed.ts",
  "packedRows.ts",
  "perLane.ts",
];
const HELPERS = [
  "logSumExp.ts → weights.ts",
  "crossEntropy.ts → loss.ts",
  "calibration.ts → loss.ts",
  "calibration.ts → tempered.ts",
  "calibration.ts → confidences.ts",
  "confidences.ts → loss.ts",
  "tempered.ts → loss.ts",
  "logRatioJacobian.ts → logRatio.ts",
];
/** These make the list of the families. */
const LISTS = ["all.ts", "families.ts", "instance.ts"];

const sources = ["src", "bench", "examples"].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name)),
);
/** The files that a file imports, types included. */
const imports = new Map(sources.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, "utf8"))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => join(dirname(file), name).replace(/\.js$/, ".ts"));
}

/** A folder stands for all that is in it, one that ends with * for the files in it. */
function isIn(file: string, place: string): boolean {
  if (place.endsWith("*")) return `${dirname(file)}/*` === place;
  return place.endsWith("/") ? file.startsWith(place) : file === place;
}

function mayImport(file: string, imported: string): boolean {
  const [room, others] = ROOMS.find(([place]) => isIn(file, place)) ?? ["", []];
  const from = basename(file);
  const to = basename(imported);
  if (imported === "assembly/abi.ts") return file.startsWith("src/");
  // Names operations and chooses among backends: knows both rooms below.
  if (dirname(file) === "src/backend" && imported.startsWith("src/backend/")) return true;
  if (dirname(file) === "src/functions" && dirname(imported) === "src/functions") {
    return LISTS.includes(from) || SHARED.includes(to) || HELPERS.includes(`${from} → ${to}`);
  }
  return [room, ...others].some((place) => isIn(imported, place));
}

test("each room imports only the rooms that it may", () => {
  const wrong = sources.flatMap((file) =>
    (imports.get(file) ?? [])
      .filter((imported) => !mayImport(file, imported))
      .map((name) => `${file} → ${name}`),
  );
  expect([...new Set(wrong)]).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file))].sort().join(" → "));
    if (done.has(file) || path.includes(file)) return;
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of sources) visit(file, []);
  expect(circles).toEqual([]);
});
