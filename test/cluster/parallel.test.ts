import { spawn } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { describe, expect, test } from "vitest";
import { folder } from "../cli/run.js";
import { bash, environment, logits, recipe } from "./recipes.js";
import { has, until } from "./services.js";

describe.skipIf(!has("parallel"))("GNU parallel", () => {
  const files = folder();
  const root = files.path(".");
  const command = recipe("GNU parallel");
  const env = environment(root);

  test("runs the parts, and by the same line those that have failed", async () => {
    const whole = await logits(root);
    // Nothing can be written in its place.
    mkdirSync(files.path("p.part-03-of-10.npy"));
    const first = await bash(command, root, env);
    expect([first.status, first.stderr]).toEqual([
      1,
      expect.stringContaining("p.part-03-of-10.npy: it is a directory"),
    ]);
    const missing = await bash("softmax-wasm merge p.npy", root, env);
    expect([missing.status, missing.stderr]).toEqual([
      1,
      expect.stringContaining("1 of 10 parts are not done: p.part-03"),
    ]);
    rmdirSync(files.path("p.part-03-of-10.npy"));
    const again = await bash(command, root, env);
    expect([again.status, again.stderr]).toEqual([0, expect.stringMatching(/^9 rows.*\n$/)]);
    expect((await bash("softmax-wasm merge p.npy", root, env)).status).toBe(0);
    expect(readFileSync(files.path("p.npy")).equals(whole)).toBe(true);
  });

  test("told to end, leaves nothing half-written", async () => {
    rmSync(files.path("log"));
    writeFileSync(files.path("large.bin"), "");
    truncateSync(files.path("large.bin"), 2 ** 31);
    const large = command
      .replace("logits.npy -o p.npy", "large.bin --dtype f32 --length 4096 --op log-sum-exp -o l.bin")
      .replaceAll("10", "2");
    const child = spawn("bash", ["-c", `exec ${large}`], { cwd: root, env });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const begun = () => readdirSync(root).filter((name) => name.endsWith(".tmp"));
    await until(() => begun().length > 0, "the beginning of a part");
    child.kill("SIGTERM");
    await ended;
    expect(begun()).toEqual([]);
    expect(readdirSync(root).filter((name) => name.startsWith("l.part"))).toEqual([]);
  });
});
