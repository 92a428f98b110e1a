// Compiles the kernels into build/, as far as they are not up to date, and writes the binaries that the package carries as
// strings.
//
//   node assembly/build.mjs          what the package needs
//   node assembly/build.mjs debug    and the debug build, for the tests of the raw kernels
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { binariesModule } from "./binaries.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const manifest = createRequire(import.meta.url).resolve("assemblyscript/package.json");
const build = join(root, "build");
const stampFile = join(build, "built.json");
const ENTRIES = { simd: "index", relaxed: "index", probe: "probe", debug: "index" };

const wanted = ["simd", "relaxed", "probe", ...process.argv.slice(2)];
const unknown = wanted.filter((target) => !(target in ENTRIES));
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(", ")}`);

mkdirSync(build, { recursive: true });
const state = hashOfSources();
const stamp = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};
const stale = wanted.filter((target) => stamp[target] !== state || !existsSync(fileOf(target)));

if (stale.length > 0) {
  console.log(`Compiling the kernels (${stale.join(", ")}), about 15 s.`);
  const start = performance.now();
  await Promise.all(stale.map(compile));
  const [simd, relaxed, probe] = ["simd", "relaxed", "probe"].map((name) => readFileSync(fileOf(name)));
  writeFileSync(join(build, "binaries.ts"), binariesModule(simd, relaxed, probe));
  for (const target of stale) stamp[target] = state;
  writeFileSync(stampFile, JSON.stringify(stamp));
  console.log(`Compiled in ${((performance.now() - start) / 1000).toFixed(0)} s.`);
}

function fileOf(target) {
  return join(build, `${target}.wasm`);
}

/** Changes when a kernel, an option or the compiler does. */
function hashOfSources() {
  const sources = readdirSync(join(root, "assembly")).map((name) => join(root, "assembly", name));
  const hash = createHash("sha256");
  for (const file of [...sources.sort(), join(root, "asconfig.json"), manifest]) {
    hash.update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function compile(target) {
  const file = fileOf(target);
  // asc exits with 0 for a target that it does not know, and prints text: so the file must be new.
  rmSync(file, { force: true });
  const asc = join(dirname(manifest), "bin", "asc.js");
  const child = spawn(process.execPath, [asc, `assembly/${ENTRIES[target]}.ts`, "--target", target], {
    cwd: root,
    stdio: ["inherit", "inherit", "pipe"],
  });
  // A last pass that adds a few bytes is no news.
  child.stderr.on("data", (text) => {
    process.stderr.write(`${text}`.replace("Last converge was suboptimal.\n", ""));
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0 && existsSync(file)) resolve();
      else reject(new Error(`the compiler gave no ${target}.wasm (exit code ${code})`));
    });
  });
}
