import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Engine } from "../../test/engines/engines.js";
import { openPage } from "../../test/engines/open.js";

const PAGE = '<!doctype html><script type="module" src="/page.js"></script>';
/** Isolated for the sake of its clock. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
/** In ms: pages say something more often, or they have come to nothing. */
const MOST = 180_000;

/**
 * Opens a page with these scripts by path, of which it runs /page.js, in an engine that has seen none of them. What the page posts
 * to /answer comes back, parsed; what it posts elsewhere is `heard` meanwhile.
 */
export async function answerOf<T>(
  engine: Engine,
  scripts: ReadonlyMap<string, string>,
  heard: (said: string) => void = () => {},
): Promise<T> {
  let give: (answer: T) => void = () => {};
  let refuse: (reason: Error) => void = () => {};
  const answer = new Promise<T>((resolve, reject) => {
    give = resolve;
    refuse = reject;
  });
  const late = setTimeout(
    () => refuse(new Error(`${engine.name} has said nothing for ${MOST / 1000} s`)),
    MOST,
  );
  const server = createServer(async (request, response) => {
    late.refresh();
    const { url = "/", method } = request;
    if (method === "POST") {
      const said = await text(request);
      if (url === "/answer") give(JSON.parse(said));
      else heard(said);
    }
    const script = scripts.get(url);
    const type = script === undefined ? "text/html" : "text/javascript";
    response.writeHead(200, { ...ISOLATED, "content-type": type }).end(script ?? PAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = await openPage(engine, `http://127.0.0.1:${port}/`);
  try {
    return await answer;
  } finally {
    clearTimeout(late);
    await close();
    server.closeAllConnections();
    server.close();
  }
}
