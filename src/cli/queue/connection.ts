/** BullMQ on Redis: the packages, which are not installed with this one, and how `submit`, `worker` and `status` connect. */
import type { ConnectionOptions, Queue } from "bullmq";
import { DataError, UsageError } from "../../formats/errors.js";

/** How long a command waits for Redis: `submit` and `status` for 3 seconds, a worker for ever. */
export type Patience = "seconds" | "forever";

/** What all three take. */
export const QUEUE_OPTIONS = {
  redis: { type: "string" },
  queue: { type: "string", default: "softmax-wasm" },
} as const;

export interface Connected {
  readonly bullmq: typeof import("bullmq");
  readonly name: string;
  readonly connection: ConnectionOptions;
  readonly complaints: Complaints;
  /** The queue, for who adds to it or looks at it. */
  open(): Queue;
}

/** Where the queue is: checked before anything else is done. */
export interface Place {
  readonly url: string;
  readonly name: string;
}

export function readPlace({
  redis = process.env.REDIS_URL,
  queue,
}: {
  redis?: string;
  queue: string;
}): Place {
  if (redis === undefined) {
    throw new UsageError(
      "--redis is missing: give it a URL such as redis://localhost:6379, or set REDIS_URL",
    );
  }
  if (!/^rediss?:\/\/[^/]/.test(redis) || !URL.canParse(redis)) {
    throw new UsageError(`--redis must be a URL such as redis://localhost:6379, got ${redis}`);
  }
  if (!/^[\w-]+$/.test(queue)) {
    throw new UsageError(`--queue must be of letters, digits, - and _, got ${queue}`);
  }
  return { url: redis, name: queue };
}

/** Loads the packages, and waits for a Redis that answers. */
export async function connect({ url, name }: Place, patience: Patience): Promise<Connected> {
  const { bullmq, ioredis } = await packages();
  // Without a limit the first command to a wrong address never settles, whatever the other options say.
  const retryStrategy =
    patience === "seconds"
      ? (times: number) => (times > 5 ? null : 500)
      : (times: number) => Math.max(Math.min(Math.exp(times), 20_000), 1000);
  const complaints = new Complaints();
  await checkServer(ioredis, url, retryStrategy, complaints, patience);
  const connection = { url, retryStrategy };
  const open = () => {
    const queue = new bullmq.Queue(name, { connection });
    queue.on("error", (error) => complaints.add(error));
    return queue;
  };
  return { bullmq, name, connection, complaints, open };
}

async function packages() {
  try {
    // BullMQ brings no client of Redis.
    return { bullmq: await import("bullmq"), ioredis: await import("ioredis") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError(
      "queues need the packages bullmq (6 or later) and ioredis (5 or later): npm install bullmq ioredis",
      { cause: error },
    );
  }
}

/** What Redis must be set to, to lose nothing. */
const WANTED = { appendonly: "yes", "maxmemory-policy": "noeviction" };

async function checkServer(
  { Redis }: typeof import("ioredis"),
  url: string,
  retryStrategy: (times: number) => number | null,
  complaints: Complaints,
  patience: Patience,
): Promise<void> {
  let reason: unknown;
  const redis = new Redis(url, { retryStrategy, maxRetriesPerRequest: null });
  redis.on("error", (error) => {
    reason = error;
    if (patience === "forever") complaints.add(error);
  });
  try {
    await redis.ping();
    for (const [setting, wanted] of Object.entries(WANTED)) {
      // Where CONFIG is not allowed, nothing is said.
      const [, value = wanted] = (await redis.config("GET", setting).catch(() => [])) as string[];
      if (value === wanted) continue;
      const loss = setting === "appendonly" ? "a crash of Redis" : "a full memory";
      complaints.add(
        new Error(`Redis has ${setting} ${value}: jobs may be lost by ${loss}; set it to ${wanted}`),
      );
    }
  } catch (error) {
    throw new DataError(`${shown(url)}: no answer from Redis: ${messageOf(reason ?? error)}`, {
      cause: error,
    });
  } finally {
    redis.disconnect();
  }
}

/** Without the password. */
function shown(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

/** Errors of connections come again and again: each is said once, and counted. */
export class Complaints {
  private readonly counts = new Map<string, number>();

  add(error: unknown): void {
    const message = messageOf(error);
    const count = this.counts.get(message) ?? 0;
    this.counts.set(message, count + 1);
    if (count === 0) process.stderr.write(`softmax-wasm: ${message}\n`);
  }

  /** Says which ones came again. */
  end(): void {
    for (const [message, count] of this.counts) {
      if (count > 1) process.stderr.write(`softmax-wasm: ${message} (${count} times)\n`);
    }
  }
}

/** Where a name has several addresses, the error of all of them has no message. */
export function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || (code ?? String(error));
}
