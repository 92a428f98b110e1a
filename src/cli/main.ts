#!/usr/bin/env node
/** The command `softmax-wasm`. */
import { isMainThread } from "node:worker_threads";
import { DataError, isOfSystem, UsageError } from "../formats/errors.js";
import { bench } from "./bench.js";
import { calibrate } from "./calibrate.js";
import { describeError } from "./files.js";
import { BENCH_HELP, CALIBRATE_HELP, HELP, MERGE_HELP, SCORE_HELP } from "./help.js";
import { info } from "./info.js";
import { NotYetError, TRY_AGAIN } from "./longParts.js";
import { merge } from "./merge.js";
import { STATUS_HELP, SUBMIT_HELP, WORKER_HELP } from "./queue/help.js";
import { status } from "./queue/status.js";
import { submit } from "./queue/submit.js";
import { worker } from "./queue/worker.js";
import { score } from "./score.js";
import { listen } from "./signals.js";
import { version } from "./version.js";

const COMMANDS: { readonly [name: string]: { run(args: readonly string[]): Promise<void>; help: string } } = {
  score: { run: score, help: SCORE_HELP },
  calibrate: { run: calibrate, help: CALIBRATE_HELP },
  merge: { run: merge, help: MERGE_HELP },
  submit: { run: submit, help: SUBMIT_HELP },
  worker: { run: worker, help: WORKER_HELP },
  status: { run: status, help: STATUS_HELP },
  info: { run: info, help: HELP },
  bench: { run: bench, help: BENCH_HELP },
};

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return;
  }
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(HELP);
    if (name === undefined) process.exitCode = 2;
    return;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    const names = Object.keys(COMMANDS).join(", ");
    throw new UsageError(`there is no command ${name}: commands are ${names}`);
  }
  const command = COMMANDS[name];
  if (rest.includes("--help") || rest.includes("-h")) process.stdout.write(command.help);
  else await command.run(rest);
}

listen();

// Whoever reads our output has stopped, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exitCode = 141;
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if ((error as NodeJS.ErrnoException | undefined)?.code === "EPIPE") {
    process.exitCode = 141;
    return;
  }
  const isUsage = error instanceof UsageError;
  process.stderr.write(`softmax-wasm: ${describeError(error)}\n`);
  const [, , name = ""] = process.argv;
  const help = Object.hasOwn(COMMANDS, name) ? `${name} --help` : "--help";
  if (isUsage) process.stderr.write(`"softmax-wasm ${help}" says more\n`);
  const isNever = isUsage || (!isMainThread && isBadData(error));
  process.exitCode = isNever ? 2 : error instanceof NotYetError ? TRY_AGAIN : 1;
});

/** A `worker` hears of it from its thread by 2 too: it is never worth another try. A file that cannot be read may be, elsewhere. */
function isBadData(error: unknown): boolean {
  return error instanceof DataError && !isOfSystem(error.cause);
}
