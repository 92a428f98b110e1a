/** The recipes of docs/cluster.md, as they stand there. */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Ran } from "../cli/run.js";
import { run } from "../cli/run.js";
import { npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";

/** The first block of code under a heading. */
export function recipe(heading: string): string {
  const page = readFileSync("docs/cluster.md", "utf8");
  const section = page.slice(page.indexOf(`\n## ${heading}\n`));
  const [, text] = /```\w+\n(.*?)```/s.exec(section) ?? [];
  if (text === undefined) throw new Error(`docs/cluster.md has no block of code under ${heading}`);
  return text;
}

/** An environment in which `softmax-wasm` is the command that has been built, and more if wanted. */
export function environment(
  folder: string,
  more: { readonly [name: string]: string } = {},
): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const command = join(bin, "softmax-wasm");
  writeFileSync(command, `#!/bin/sh\nexec ${process.execPath} ${resolve("build/cli.js")} "$@"\n`);
  chmodSync(command, 0o755);
  return { ...process.env, ...more, PATH: `${bin}${delimiter}${process.env.PATH}` };
}

/** The input of the recipes, and what one machine makes of it. */
export async function logits(folder: string): Promise<Buffer> {
  const input = join(folder, "logits.npy");
  writeFileSync(input, npyOf(uniform("f32", 95 * 10, -9, 9, 5) as Float32Array, [95, 10]));
  const whole = join(folder, "whole.npy");
  await run(["score", input, "-o", whole, "--backend", "simd"]);
  return readFileSync(whole);
}

export function bash(text: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn("bash", ["-c", text], { cwd, env });
  const out: Buffer[] = [];
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((done) => {
    child.on("close", (status) => done({ status, stdout: Buffer.concat(out), stderr }));
  });
}
