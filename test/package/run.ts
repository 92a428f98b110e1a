import { spawnSync } from "node:child_process";

/** Runs a command in `folder` and returns what it prints. Throws all of its output if it fails or does not end. */
export function run(folder: string, command: string, ...args: string[]): string {
  return runWith({}, folder, command, ...args);
}

interface Circumstances {
  readonly input?: string;
  /** In ms, after which it has failed. */
  readonly timeout?: number;
}

function runWith(
  { input = "", timeout = 150_000 }: Circumstances,
  folder: string,
  command: string,
  ...args: string[]
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    input,
    timeout,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs an ES module given as text in a fresh Node and returns what it prints. */
export function runModule(folder: string, code: string, ...flags: string[]): string {
  return runWith({ input: code }, folder, process.execPath, ...flags, "--input-type=module");
}

/** How long an installation may take, in ms. */
export const INSTALL_TIMEOUT = 400_000;

/** Installs packages into `folder`, without running their scripts. */
export function install(folder: string, ...packages: string[]): void {
  const quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"];
  runWith({ timeout: INSTALL_TIMEOUT }, folder, "npm", "install", ...quiet, ...packages);
}
