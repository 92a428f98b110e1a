import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { status } from "../../src/cli/queue/status.js";
import { submit } from "../../src/cli/queue/submit.js";
import { worker } from "../../src/cli/queue/worker.js";
import { npyOf } from "../support/npy.js";

const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-"));
const x = join(folder, "x.npy");
writeFileSync(x, npyOf(new Float32Array(20), [4, 5]));
const OUT = ["-o", `${folder}/`];
const REDIS = ["--redis", "redis://localhost"];

/** What needs Redis is in test/cluster. */
describe("arguments of commands on a queue", () => {
  it.each([
    [submit, [x, "--parts", "2", ...OUT], "--redis is missing"],
    [submit, [x, "--parts", "2", ...OUT, "--redis", "localhost"], "--redis must be a URL"],
    [submit, [x, ...OUT], "submit needs --parts N"],
    [submit, [x, "--parts", "0", ...OUT], "--parts must be an integer from 1"],
    [submit, [x, "--parts", "2"], "submit needs -o DIR"],
    [submit, [x, "--parts", "2", "-o", "out", ...REDIS], "-o out: end a directory with /, or give the name"],
    [submit, [x, x, "--parts", "2", "-o", "one.npy", ...REDIS], "several inputs need an output directory"],
    [submit, [x, x, "--parts", "2", ...OUT, ...REDIS], "have the same name"],
    [submit, ["-", "--parts", "2", ...OUT, ...REDIS], "no worker can read this standard input"],
    [submit, [join(folder, "none.npy"), "--parts", "2", ...OUT, ...REDIS], "there is no such file"],
    [submit, [x, "--parts", "2", ...OUT, ...REDIS, "--columns", "a"], "--columns is for"],
    [submit, [x, "--parts", "2", ...OUT, "--run", "a:b"], "--run must be of letters"],
    [submit, [x, "--parts", "2", ...OUT, "--threads", "2"], "Unknown option '--threads'"],
    [worker, ["--redis", "redis://localhost", "--queue", "a:b"], "--queue must be of letters"],
    [worker, ["--concurrency", "0"], "--concurrency must be an integer from 1 to 64"],
    [worker, ["--grace", "-1"], "grace"],
    [worker, [x], "worker takes no files"],
    [status, [x], "status takes no files"],
    [status, ["--redis", "http://localhost"], "--redis must be a URL"],
  ])("%o: %j", async (command, args, message) => {
    await expect(command(args)).rejects.toThrow(message);
  });
});
