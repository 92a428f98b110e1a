import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What an example prints when nobody watches. */
export async function runExample(name: string): Promise<string> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const command = ["--import", "tsx", `examples/${name}.ts`];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  return stdout;
}
