import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folder, run } from "../cli/run.js";
import { npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";
import { countsOf, type RedisServer, startRedis } from "./redis.js";
import { freePort, has, until } from "./services.js";
import { startWorker, unfinished } from "./worker.js";

describe.skipIf(!has("redis"))("a worker", () => {
  const files = folder();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  const submit = (queue: string, ...args: string[]) =>
    run(["submit", "--redis", redis.url, "--queue", queue, ...args]);
  const worker = (queue: string, ...args: string[]) => startWorker(redis.url, "--queue", queue, ...args);
  const status = async (queue: string) =>
    JSON.parse((await run(["status", "--redis", redis.url, "--queue", queue, "--json"])).stdout.toString());
  const counts = (queue: string) => countsOf(redis.url, queue);
  const makeFolder = (name: string) => {
    mkdirSync(files.path(name));
    return files.path(name);
  };
  /** 1 GiB that takes no place: a part of it takes a second. */
  const makeLarge = (name: string) => {
    writeFileSync(files.path(name), "");
    truncateSync(files.path(name), 2 ** 30);
    return [files.path(name), "--dtype", "f32", "--length", "1024", "--op", "log-sum-exp"];
  };

  test("tries a part three times, keeps the reason, and runs it again when asked", async () => {
    const input = files.path("rows.npy");
    const out = makeFolder("rows");
    writeFileSync(input, npyOf(new Float32Array(24), [6, 4]));
    const args = [input, "--parts", "3", "-o", out];
    await submit("rows", ...args);
    // As where a disk that others see is not there for a while.
    renameSync(input, files.path("away.npy"));
    const start = performance.now();
    const running = worker("rows", "--concurrency", "3");
    await until(() => running.said().includes("attempt 1 of 3"), "the first failure");
    await until(async () => (await counts("rows")).failed === 3, "the last failures");
    expect((performance.now() - start) / 1000).toBeGreaterThan(15);
    expect(running.said()).toContain("attempt 3 of 3, the last");
    const failed = await status("rows");
    expect(failed).toMatchObject({ waiting: 0, active: 0, delayed: 0, completed: 0, failed: 3, workers: 1 });
    expect(failed.failures).toContainEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}-000002$/),
      part: `${input}, part 2 of 3`,
      attempts: 3,
      reason: expect.stringMatching(/no such file.*rows\.npy/),
    });
    const seen = await run(["status", "--redis", redis.url, "--queue", "rows", "--files"]);
    expect([seen.status, seen.stdout.toString()]).toEqual([
      1,
      expect.stringMatching(
        /failed: .*part 2 of 3, after 3 attempts: [\s\S]*\nnot there: .*part-2-of-3\.npy\n/,
      ),
    ]);

    renameSync(files.path("away.npy"), input);
    expect((await submit("rows", ...args)).stderr).toMatch(/^0 parts added, 3 parts known; .* 3 failed/);
    expect((await submit("rows", ...args, "--retry-failed")).stderr).toMatch(/^3 parts added, 0 parts known/);
    await until(async () => (await counts("rows")).completed === 3, "the parts");
    expect((await run(["merge", join(out, "rows.npy")])).status).toBe(0);
    running.process.kill("SIGTERM");
    expect(await running.ended).toBe(0);
  });

  test("does not try again what can never be right: bad data", async () => {
    const input = files.path("bad.jsonl");
    const out = makeFolder("bad");
    const row = "[1,2,3,4]\n";
    const rows = (...bad: number[]) =>
      Array.from({ length: 30_000 }, (_, k) => (bad.includes(k + 1) ? "[1,2,x,4]\n" : row)).join("");
    writeFileSync(input, rows(12_000, 18_000));
    const args = [input, "--parts", "3", "-o", out];
    await submit("bad", ...args);
    const running = worker("bad", "--concurrency", "3");
    await until(async () => (await counts("bad")).completed === 2, "the parts that are right");
    await until(async () => (await counts("bad")).failed === 1, "the failure");
    expect((await status("bad")).failures).toEqual([
      {
        id: expect.stringMatching(/-000002$/),
        part: `${input}, part 2 of 3`,
        attempts: 1,
        reason: expect.stringMatching(/bad\.jsonl.*line 12000/),
      },
    ]);
    // Of the same size and with the same edges, so the same input.
    writeFileSync(input, rows());
    expect((await submit("bad", ...args, "--retry-failed")).stderr).toMatch(/^1 part added, 2 parts known/);
    await until(async () => (await counts("bad")).completed === 3, "the part");
    expect((await run(["merge", join(out, "bad.jsonl")])).status).toBe(0);
    running.process.kill("SIGTERM");
    expect(await running.ended).toBe(0);
  });

  test("does not try again what can never be right: wrong arguments", async () => {
    const input = files.path("gone.npy");
    const out = makeFolder("gone");
    writeFileSync(input, npyOf(new Float32Array(20), [4, 5]));
    await submit("gone", input, "--parts", "2", "-o", out);
    rmSync(out, { recursive: true });
    const running = worker("gone");
    await until(async () => (await counts("gone")).failed === 2, "the failures");
    expect((await status("gone")).failures).toMatchObject([
      { attempts: 1, reason: expect.stringContaining("there is no directory") },
      { attempts: 1 },
    ]);
    mkdirSync(out);
    await submit("gone", input, "--parts", "2", "-o", out, "--retry-failed");
    await until(async () => (await counts("gone")).completed === 2, "the parts");

    // The files are what counts: without one of them its part is not done.
    rmSync(join(out, "gone.part-1-of-2.npy"));
    expect((await submit("gone", input, "--parts", "2", "-o", out)).stderr).toMatch(
      /^1 part added, 1 part known/,
    );
    await until(async () => (await counts("gone")).completed === 2, "the part");
    expect(readdirSync(out)).toContain("gone.part-1-of-2.npy");
    running.process.kill("SIGINT");
    expect(await running.ended).toBe(0);
  });

  test("gives back at a signal what it has begun, and another one runs it at once", async () => {
    const out = makeFolder("large");
    await submit("large", ...makeLarge("large.bin"), "--parts", "1", "-o", out);
    for (const [signal, code] of [
      ["SIGTERM", 143],
      ["SIGINT", 130],
    ] as const) {
      const leaving = worker("large", "--grace", "0");
      await until(() => unfinished(out, leaving).length > 0, "the beginning of a part");
      leaving.process.kill(signal);
      expect(await leaving.ended).toBe(code);
      expect(leaving.said()).toContain("part 1 of 1: given back");
      expect(readdirSync(out)).toEqual([]);
      expect(await status("large")).toMatchObject({ waiting: 1, active: 0, failed: 0 });
    }
    const start = performance.now();
    const next = worker("large");
    await until(() => unfinished(out, next).length > 0, "the part's next run");
    expect(performance.now() - start).toBeLessThan(20_000);

    // With time to finish, it does, and takes no other.
    await submit(
      "large",
      files.path("large.bin"),
      "--dtype",
      "f32",
      "--length",
      "512",
      "--parts",
      "2",
      "-o",
      out,
    );
    next.process.kill("SIGTERM");
    expect(await next.ended).toBe(0);
    expect(next.said()).toMatch(/SIGTERM: no new parts.*\n.*part 1 of 1: done in/);
    expect(await status("large")).toMatchObject({ waiting: 2, active: 0, completed: 1, failed: 0 });
  });

  test("ends at once at a second signal", async () => {
    const out = makeFolder("twice");
    await submit("twice", ...makeLarge("twice.bin"), "--parts", "1", "-o", out);
    const leaving = worker("twice");
    await until(() => unfinished(out, leaving).length > 0, "the beginning of a part");
    leaving.process.kill("SIGTERM");
    await until(() => leaving.said().includes("no new parts"), "the first signal");
    leaving.process.kill("SIGTERM");
    expect(await leaving.ended).toBe(143);
  });

  test("skips in no time what another machine has done", async () => {
    const input = files.path("done.npy");
    const out = makeFolder("done");
    writeFileSync(input, npyOf(new Float32Array(20), [4, 5]));
    const args = [input, "-o", join(out, "done.npy")];
    await run(["score", ...args, "--shard", "2/2"]);
    const before = readFileSync(join(out, "done.part-2-of-2.npy.json"));
    await submit("done", ...args, "--parts", "2");
    const running = worker("done", "--concurrency", "2");
    await until(async () => (await counts("done")).completed === 2, "the parts");
    expect(readFileSync(join(out, "done.part-2-of-2.npy.json"))).toEqual(before);
    running.process.kill("SIGTERM");
    await running.ended;
  });

  test("computes one long row over several parts, which wait for the sums of each other", async () => {
    const length = 9_000_000;
    const input = files.path("long.npy");
    const out = makeFolder("long");
    writeFileSync(input, npyOf(uniform("f32", length, -9, 9, 3) as Float32Array, [length]));
    await submit("long", input, "--parts", "3", "-o", out);
    const running = worker("long");
    await until(async () => (await counts("long")).completed === 3, "the parts");
    expect((await status("long")).failures).toEqual([]);
    await run(["merge", join(out, "long.npy")]);
    await run(["score", input, "-o", files.path("long-whole.npy"), "--backend", "simd"]);
    expect(readFileSync(join(out, "long.npy")).equals(readFileSync(files.path("long-whole.npy")))).toBe(true);
    expect(running.said()).not.toContain("failed");
    running.process.kill("SIGTERM");
    expect(await running.ended).toBe(0);
  });

  test("refuses what is not from submit", async () => {
    const queue = new Queue("foreign", { connection: { url: redis.url } });
    await queue.add("mail", { to: "somebody" });
    const running = worker("foreign");
    await until(async () => (await counts("foreign")).failed === 1, "the failure");
    expect((await status("foreign")).failures[0].reason).toContain("softmax-wasm submit");
    running.process.kill("SIGTERM");
    await running.ended;
    await queue.close();
  });

  test("says what is wrong with Redis", async () => {
    const port = await freePort();
    const away = await run(["status", "--redis", `redis://user:secret@127.0.0.1:${port}`]);
    expect([away.status, away.stderr]).toEqual([
      1,
      `softmax-wasm: redis://127.0.0.1:${port}: no answer from Redis: connect ECONNREFUSED 127.0.0.1:${port}\n`,
    ]);
    const careless = await startRedis(
      "--appendonly",
      "no",
      "--maxmemory-policy",
      "allkeys-lru",
      "--requirepass",
      "secret",
    );
    try {
      const closed = await run(["status", "--redis", careless.url]);
      expect([closed.status, closed.stderr]).toEqual([
        1,
        expect.stringMatching(/no answer from Redis: .*NOAUTH/),
      ]);
      const { status, stderr } = await run(["status", "--redis", careless.url.replace("//", "//:secret@")]);
      expect([status, stderr]).toEqual([
        0,
        expect.stringContaining("Redis has appendonly no: jobs may be lost"),
      ]);
      expect(stderr).toContain("Redis has maxmemory-policy allkeys-lru");
    } finally {
      await careless.remove();
    }
  });
});
