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

// Text in which a byte is a character, or two where it is rare, and the two binaries in halves in turn: so a compressor finds
// the bytes of one again in the other, and both together take half of what they take as base64. A half has to be shorter than
// the 32768 bytes that gzip looks back.
const [simd, relaxed, probe] = ["simd", "relaxed", "probe"].map((name) =>
  readFileSync(join(build, `${name}.wasm`)),
);
const halves = ({ length }) => Math.ceil(length / 2);
const pieces = [
  simd.subarray(0, halves(simd)),
  relaxed.subarray(0, halves(relaxed)),
  simd.subarray(halves(simd)),
  relaxed.subarray(halves(relaxed)),
];

/** As bytesOf in src/backend/modules.ts reads it: from "#" on 91 characters without the backslash, the last two of them prefixes. */
function encode(bytes) {
  const character = (digit) => String.fromCharCode(digit + 35 === 92 ? 126 : digit + 35);
  return Array.from(bytes, (byte) => {
    const value = (byte + 16) & 255; // 0xfd, before each vector instruction, is not rare
    const prefix = Math.floor(value / 89);
    return (prefix ? character(88 + prefix) : "") + character(value % 89);
  }).join("");
}
writeFileSync(
  join(build, "binaries.ts"),
  `/** Of simd and relaxed in turn. */
export const pieces: readonly string[] = [
${pieces.map((piece) => `  "${encode(piece)}",`).join("\n")}
];
export const probe: string = "${encode(probe)}";
`,
);
