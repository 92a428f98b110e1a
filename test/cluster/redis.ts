/** A Redis of our own, on a port of the loopback interface. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { freePort, sleep, until } from "./services.js";

export interface RedisServer {
  readonly url: string;
  start(): Promise<void>;
  /** By SIGKILL, as a machine goes. */
  kill(): Promise<void>;
  /** With its data. */
  remove(): Promise<void>;
}

export async function startRedis(...settings: string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-redis-"));
  const args = [
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
  ];
  let server: ChildProcess | undefined;
  const redis: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      server = spawn("redis-server", [...args, ...settings], { stdio: "ignore" });
      await until(() => answers(port), "redis-server", 60);
    },
    async kill() {
      if (server === undefined) return;
      const gone = new Promise((resolve) => server?.once("exit", resolve));
      server.kill("SIGKILL");
      await gone;
      server = undefined;
    },
    async remove() {
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await redis.start().catch(async (error) => {
    await redis.remove();
    throw error;
  });
  return redis;
}

/** How many jobs are in each state: for what is asked again and again, sooner than by the command. */
export async function countsOf(url: string, name: string): Promise<{ [state: string]: number }> {
  await sleep(100);
  const queue = new Queue(name, { connection: { url } });
  return queue.getJobCounts().finally(() => queue.close());
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.on("data", (data) => {
      socket.destroy();
      // Until it has read its data.
      resolve(!data.toString().startsWith("-LOADING"));
    });
    socket.on("error", () => resolve(false));
  });
}
