import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folder } from "../cli/run.js";
import { bash, environment, logits, recipe } from "./recipes.js";
import { has, until } from "./services.js";
import { type Slurm, startSlurm } from "./slurm.js";

// slurmd starts the tasks of all users.
describe.skipIf(!has("slurm") || process.getuid?.() !== 0)("Slurm", () => {
  const files = folder();
  const root = files.path(".");
  let slurm: Slurm;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    slurm = await startSlurm();
    env = environment(root, slurm.env);
  });
  afterAll(() => slurm?.stop());

  /** Returns the number of the job. */
  const sbatch = async (script: string, ...args: string[]): Promise<string> => {
    writeFileSync(files.path("job.sh"), script);
    const { stdout, stderr } = await bash(`sbatch --parsable ${args.join(" ")} job.sh`, root, env);
    if (stderr !== "") throw new Error(stderr);
    return stdout.toString().trim();
  };
  /** The states of the tasks of a job, with their exit codes. */
  const states = async (job: string): Promise<string[]> => {
    const { stdout } = await bash(`scontrol show job ${job}`, root, env);
    return [...stdout.toString().matchAll(/JobState=(\w+).*?ExitCode=(\S+)/gs)].map(([, ...one]) =>
      one.join(" "),
    );
  };
  const end = (job: string) =>
    until(
      async () => (await states(job)).every((state) => !/^(PENDING|RUNNING|COMPLETING)/.test(state)),
      job,
    );
  const script = recipe("Slurm");

  test("runs the parts, and some of them again with the same N", async () => {
    const whole = await logits(root);
    const job = await sbatch(script);
    await end(job);
    expect(await states(job)).toEqual(Array(10).fill("COMPLETED 0:0"));
    rmSync(files.path("p.part-04-of-10.npy"));
    const again = await sbatch(script, "--array=4");
    await end(again);
    expect(await states(again)).toEqual(["COMPLETED 0:0"]);
    const merged = await bash("softmax-wasm merge p.npy", root, env);
    expect([merged.status, merged.stderr]).toEqual([0, "10 parts, 95 rows: p.npy\n"]);
    expect(readFileSync(files.path("p.npy")).equals(whole)).toBe(true);
  });

  test("shows the exit code of a part that failed", async () => {
    const job = await sbatch(script.replace("logits.npy", "none.npy"), "--array=1");
    await end(job);
    expect(await states(job)).toEqual(["FAILED 1:0"]);
    const wrong = await sbatch(script, "--array=11");
    await end(wrong);
    expect(await states(wrong)).toEqual(["FAILED 2:0"]);
  });

  test("has a cancelled part leave nothing half-written", async () => {
    writeFileSync(files.path("large.bin"), "");
    truncateSync(files.path("large.bin"), 2 ** 32);
    const large = "large.bin --dtype f32 --length 4096 --op log-sum-exp -o l.bin";
    const job = await sbatch(
      script.replace("logits.npy -o p.npy", large).replaceAll("10", "1"),
      "-o said.txt",
    );
    const begun = () => readdirSync(root).filter((name) => name.endsWith(".tmp"));
    await until(() => begun().length > 0, "the beginning of a part");
    await bash(`scancel ${job}`, root, env);
    await end(job);
    expect(await states(job)).toEqual([expect.stringMatching(/^CANCELLED/)]);
    // By SIGTERM, and not 30 s later by SIGKILL.
    await until(() => begun().length === 0, "the end of the part", 25);
    expect(readdirSync(root).filter((name) => name.startsWith("l.part"))).toEqual([]);
  });
});
