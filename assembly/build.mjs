// Compiles the kernels into build/ and writes the binaries that the package carries as strings.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asc = join(
  dirname(createRequire(import.meta.url).resolve("assemblyscript/package.json")),
  "bin",
  "asc.js",
);
const build = join(root, "build");
mkdirSync(build, { recursive: true });

for (const [target, entry] of Object.entries({
  simd: "index",
  relaxed: "index",
  debug: "index",
  probe: "probe",
})) {
  const file = join(build, `${target}.wasm`);
  rmSync(file, { force: true }); // a misspelt target prints text and exits 0: reading the file then fails
  execFileSync(process.execPath, [asc, `assembly/${entry}.ts`, "--target", target], {
    cwd: root,
    stdio: "inherit",
  });
  readFileSync(file);
}

// Hexadecimal, and the two binaries piece by piece in turn: so a compressor finds the bytes of one again in the other,
// and both together take half of what they take as base64.
const PIECE = 6144;
const [simd, relaxed, probe] = ["simd", "relaxed", "probe"].map((name) =>
  readFileSync(join(build, `${name}.wasm`), "hex"),
);
const pieces = [];
for (let at = 0; at < Math.max(simd.length, relaxed.length); at += 2 * PIECE) {
  pieces.push(...[simd, relaxed].map((text) => text.slice(at, at + 2 * PIECE)));
}
writeFileSync(
  join(build, "binaries.ts"),
  `/** Of simd and relaxed in turn. */
export const pieces: readonly string[] = [
${pieces.map((piece) => `  "${piece}",`).join("\n")}
];
export const probe: string = "${probe}";
`,
);
