import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { folder, run } from "../cli/run.js";
import { npyOf } from "../support/npy.js";
import { uniform } from "../support/random.js";
import { countsOf, type RedisServer, startRedis } from "./redis.js";
import { has, sleep, until } from "./services.js";
import { startWorker, stopInThePart } from "./worker.js";

const PARTS = 40;

describe.skipIf(!has("redis"))("a worker is killed and Redis restarts", () => {
  const files = folder();
  let redis: RedisServer | undefined;
  afterAll(() => redis?.remove());

  test("every part is there once, with the bits of one machine", async () => {
    redis = await startRedis("--appendfsync", "always");
    const { url } = redis;
    const input = files.path("logits.npy");
    writeFileSync(input, npyOf(uniform("f32", 2000 * 1000, -20, 20, 7) as Float32Array, [2000, 1000]));
    const scored = files.path("scored");
    mkdirSync(scored);

    const submit = () => run(["submit", input, "--redis", url, "--parts", `${PARTS}`, "-o", scored]);
    const [first, second] = [await submit(), await submit()];
    expect([first.status, first.stderr]).toEqual([
      0,
      "40 parts added, 0 parts known; in the queue: 40 waiting, 0 active, 0 delayed, 0 completed, 0 failed\n",
    ]);
    expect(second.stderr).toMatch(/^0 parts added, 40 parts known; in the queue: 40 waiting/);

    const [killed, survivor] = [startWorker(url), startWorker(url)];
    const name = await stopInThePart(killed, scored);
    killed.process.kill("SIGKILL");
    const start = performance.now();
    expect(await killed.ended).toBe("SIGKILL");
    expect(existsSync(join(scored, `${name}.json`))).toBe(false);

    await redis.kill();
    await sleep(1000);
    await redis.start();

    await until(() => survivor.said().includes("its worker has gone"), "the takeover");
    const takeover = (performance.now() - start) / 1000;
    const status = async () => (await run(["status", "--redis", url, "--json"])).stdout.toString();
    await until(async () => (await countsOf(url, "softmax-wasm")).completed === PARTS, "the last part");
    console.log(
      `taken over after ${takeover.toFixed(1)} s; all done after ${((performance.now() - start) / 1000).toFixed(1)} s`,
    );
    expect(JSON.parse(await status())).toMatchObject({ waiting: 0, active: 0, failed: 0, workers: 1 });
    const checked = await run(["status", "--redis", url, "--files"]);
    expect([checked.status, checked.stdout.toString()]).toEqual([
      0,
      expect.stringContaining("all of them are there"),
    ]);

    // Each part was finished by one of the two; none was refused, or computed again after it was done.
    const done = [killed, survivor].flatMap(({ said }) => [...said().matchAll(/part (\d+) of 40: done/g)]);
    const places = done.map(([, place]) => Number(place)).sort((a, b) => a - b);
    expect(places).toEqual(Array.from({ length: PARTS }, (_, k) => k + 1));

    survivor.process.kill("SIGTERM");
    expect(await survivor.ended).toBe(0);

    const whole = files.path("whole.npy");
    await run(["score", input, "-o", whole, "--backend", "simd"]);
    const merged = await run(["merge", join(scored, "logits.npy")]);
    expect([merged.status, merged.stderr]).toEqual([0, expect.stringMatching(/^40 parts, 2,000 rows/)]);
    expect(readFileSync(join(scored, "logits.npy")).equals(readFileSync(whole))).toBe(true);
    // Nor is what the killed one had begun.
    expect(files.names().filter((file) => file.endsWith(".tmp"))).toEqual([]);
  });
});
