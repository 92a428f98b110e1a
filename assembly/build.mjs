// Compiles the kernels into build/ and writes the binaries that the package carries as base64 strings.
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

const lines = ["simd", "relaxed", "probe"].map((name) => {
  const base64 = readFileSync(join(build, `${name}.wasm`), "base64");
  return `export const ${name}: string =\n  "${base64}";\n`;
});
writeFileSync(join(build, "binaries.ts"), lines.join(""));
