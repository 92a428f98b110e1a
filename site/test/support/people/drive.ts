import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { vi } from "vitest";
import type { Driven } from "../../../../test/engines/engines.js";
import { launch } from "../../../../test/engines/open.js";
import type { Hands } from "./hands.js";

/** Until the driver listens: on a busy machine a browser takes its time. */
export const patiently = <T>(connect: () => Promise<T>): Promise<T> =>
  vi.waitFor(connect, { timeout: 60_000, interval: 200 });

/** Starts an engine, and connects to its driver. */
export async function drive(engine: Driven, connect: (port: number) => Promise<Hands>): Promise<Hands> {
  const port = await freePort();
  const end = await launch((profile) => engine.drive(port, profile));
  try {
    const hands = await connect(port);
    return {
      ...hands,
      async close() {
        await hands.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
