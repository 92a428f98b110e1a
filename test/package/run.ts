import { spawnSync } from "node:child_process";

/** Runs a command in `folder` and returns what it prints. Throws all of its output if it fails or does not end. */
export function run(folder: string, command: string, ...args: string[]): string {
  return runWith("", folder, command, ...args);
}

function runWith(input: string, folder: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    input,
    timeout: 150_000,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs an ES module given as text in a fresh Node and returns what it prints. */
export function runModule(folder: string, code: string, ...flags: string[]): string {
  return runWith(code, folder, process.execPath, ...flags, "--input-type=module");
}
