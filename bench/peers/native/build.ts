import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** What the native program is built with, and how Debian calls it. */
const LIBRARIES: Readonly<Record<string, { readonly flags: readonly string[]; readonly install: string }>> = {
  libmvec: { flags: ["-DWITH_LIBMVEC", "-lmvec"], install: "glibc's, for x86-64" },
  SLEEF: { flags: ["-DWITH_SLEEF", "-lsleef"], install: "apt-get install libsleef-dev" },
  XNNPACK: { flags: ["-DWITH_XNNPACK", "-lXNNPACK"], install: "apt-get install libxnnpack-dev" },
};

const source = fileURLToPath(new URL("peers.c", import.meta.url));

export const program = fileURLToPath(new URL("build/peers", import.meta.url));
/** For the library of llama.cpp, which is loaded when it runs. */
export const samplers = fileURLToPath(new URL("build/llama", import.meta.url));

/** Builds the program with the libraries that are there, each tried by itself. */
export function build(): { found: string[]; missing: string[] } {
  rmSync(dirname(program), { recursive: true, force: true });
  mkdirSync(dirname(program));
  const names = Object.keys(LIBRARIES);
  if (spawnSync("cc", ["--version"]).status !== 0) {
    return {
      found: [],
      missing: names.map((name) => `${name} (no C compiler: apt-get install gcc libc6-dev)`),
    };
  }
  const found = names.filter((name) => compile([name]));
  if (found.length > 0) compile(found);
  spawnSync("cc", ["-O3", "-Wall", "-o", samplers, source.replace("peers.c", "llama.c"), "-ldl"], {
    stdio: "ignore",
  });
  const missing = names.filter((name) => !found.includes(name));
  return { found, missing: missing.map((name) => `${name} (${LIBRARIES[name].install})`) };
}

function compile(names: readonly string[]): boolean {
  const flags = names.flatMap((name) => LIBRARIES[name].flags);
  const arguments_ = ["-O3", "-mavx2", "-mfma", "-Wall", "-o", program, source, ...flags, "-lm"];
  return spawnSync("cc", arguments_, { stdio: "ignore" }).status === 0;
}
