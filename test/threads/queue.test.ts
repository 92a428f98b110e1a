import { beforeEach, describe, expect, test } from "vitest";
import { FIELDS, MOST_TASKS, NONE, Queue } from "../../src/threads/shared/queue.js";
import { mayWait } from "../support/pool.js";

const SLOTS = 4;
const PARTS = 3;
// Words of the header and of a slot that the tests read or write.
const SIGNAL = 0;
const FIRST_SIGNAL = 1;
const SUBMITTED = 80;
const FINISHED = 81;
const HEADER = 96;
const PHASE = 3;
const CLAIM = 16;
const OFFSET = 64;

let words: Int32Array;
let queue: Queue;
beforeEach(() => {
  const buffer = new SharedArrayBuffer(OFFSET + Queue.bytes(SLOTS, PARTS));
  words = new Int32Array(buffer, OFFSET);
  words.fill(-1);
  queue = new Queue(buffer, { offset: OFFSET, slots: SLOTS, parts: PARTS, mostSeconds: 1 });
  queue.clear();
});

const submit = (tasks: number, first = 0, parts = 1) =>
  queue.submit(
    tasks,
    (numbers) => {
      numbers[0] = first;
    },
    parts,
  );

const wordOf = (ticket: number, word: number) => HEADER + 32 * queue.indexOf(ticket) + word;
const phaseOf = (ticket: number) => words[wordOf(ticket, PHASE)];

const claimAll = (ticket: number) => {
  const claimed: number[] = [];
  for (let task = queue.claim(ticket, 0); task !== NONE; task = queue.claim(ticket, 0)) {
    claimed.push(task);
  }
  return claimed;
};

/** Ends all tasks of a job, and tells whether the calling thread wanted a message. */
const complete = (ticket: number) => {
  for (const _ of claimAll(ticket)) queue.countDone(ticket);
  return queue.finish(ticket);
};

describe("claims", () => {
  test("an empty queue has nothing", () => {
    expect(queue.submitted).toBe(0);
    for (let ticket = -5; ticket <= 5; ticket++) expect(queue.claim(ticket, 0)).toBe(NONE);
  });

  test("each task is claimed once, in order", () => {
    const ticket = submit(5);
    expect([queue.claim(ticket, 0), queue.claim(ticket, 0), queue.claim(ticket, 0)]).toEqual([0, 1, 2]);
    expect(claimAll(ticket)).toEqual([3, 4]);
    expect(claimAll(ticket)).toEqual([]);
    expect(queue.tasksOf(ticket)).toBe(5);
  });

  test("jobs do not mix", () => {
    const tickets = [3, 1, 2, 4].map((tasks) => submit(tasks));
    expect(tickets).toEqual([0, 1, 2, 3]);
    expect(queue.claim(2, 0)).toBe(0);
    expect(claimAll(0)).toEqual([0, 1, 2]);
    expect(claimAll(3)).toEqual([0, 1, 2, 3]);
    expect(claimAll(2)).toEqual([1]);
    expect(claimAll(1)).toEqual([0]);
  });

  test("the last task that a claim can count", () => {
    const ticket = submit(MOST_TASKS);
    words[wordOf(ticket, CLAIM)] = MOST_TASKS - 1;
    expect(claimAll(ticket)).toEqual([MOST_TASKS - 1]);
    expect(queue.claim(ticket + 1, 0)).toBe(NONE);
  });
});

describe("parts", () => {
  test("each thread takes its own part in order, then the parts after it", () => {
    const ticket = submit(8, 0, PARTS);
    expect([0, 1, 2].map((own) => queue.claim(ticket, own))).toEqual([0, 2, 5]);
    expect(queue.claimedOf(ticket)).toBe(3);
    const rest = [6, 7, 1, 3, 4, NONE];
    expect(rest.map(() => queue.claim(ticket, 2))).toEqual(rest);
    expect([0, 1, 2].map((own) => queue.claim(ticket, own))).toEqual([NONE, NONE, NONE]);
    expect(queue.claimedOf(ticket)).toBe(8);
  });

  test.each([1, 2, 3, 4, 100, MOST_TASKS])("of %d tasks none is lost", (tasks) => {
    const ticket = submit(tasks, 0, PARTS);
    if (tasks === MOST_TASKS) return expect(queue.claim(ticket, 2)).toBe(Math.floor((2 * tasks) / 3));
    const claimed = [queue.claim(ticket, 1), queue.claim(ticket, 2), ...claimAll(ticket)];
    const all = claimed.filter((task) => task !== NONE).sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: tasks }, (_, task) => task));
  });

  test("those of the last job in a slot are over, whatever the next one has", () => {
    for (const parts of [PARTS, 1, PARTS, 2]) {
      const ticket = submit(9, 0, parts);
      expect(queue.claim((ticket - SLOTS) | 0, 2)).toBe(NONE);
      expect(new Set(claimAll(ticket)).size).toBe(9);
      for (let own = 0; own < PARTS; own++) expect(queue.claim(ticket, own)).toBe(NONE);
      for (let k = 1; k < SLOTS; k++) submit(1);
    }
  });
});

describe("slots that serve again", () => {
  test("a ticket whose low bits are the same gets nothing", () => {
    for (let ticket = 0; ticket < 4096; ticket++) complete(submit(2));
    expect(submit(2)).toBe(4096);
    expect(queue.claim(0, 0)).toBe(NONE);
    expect(queue.claim(4096, 0)).toBe(0);
  });

  test("the ticket before and the one after get nothing", () => {
    for (let ticket = 0; ticket < 50; ticket++) {
      expect(submit(2)).toBe(ticket);
      for (const other of [ticket - SLOTS, ticket + SLOTS, ticket - 5 * SLOTS, ticket + 1]) {
        expect(queue.claim(other, 0)).toBe(NONE);
      }
      expect(queue.isFinished(ticket)).toBe(false);
      expect(claimAll(ticket)).toEqual([0, 1]);
      expect(queue.countDone(ticket)).toBe(1);
      expect(queue.countDone(ticket)).toBe(2);
      queue.finish(ticket);
      expect(queue.isFinished(ticket)).toBe(true);
      expect(queue.finished).toBe(ticket + 1);
    }
  });

  test("a failure is of one job, and numbers are its own", () => {
    for (let k = 0; k < 10; k++) {
      const [bad, good] = [submit(1, 100 + k), submit(1, 200 + k)];
      expect(queue.numbersOf(bad).length).toBe(FIELDS);
      expect([queue.numbersOf(bad)[0], queue.numbersOf(good)[0]]).toEqual([100 + k, 200 + k]);
      queue.fail(bad);
      complete(bad);
      complete(good);
      expect([queue.hasFailed(bad), queue.hasFailed(good)]).toEqual([true, false]);
    }
  });
});

describe.each([2 ** 31, 2 ** 32])("tickets around %d", (limit) => {
  test("go on", () => {
    words[SUBMITTED] = limit - 6;
    const seen = new Set<number>();
    for (let k = 0; k < 12; k++) {
      const ticket = submit(3, k);
      expect(ticket).toBe((limit - 6 + k) | 0);
      expect(queue.submitted).toBe((ticket + 1) | 0);
      expect(queue.indexOf(ticket)).toBe((limit - 6 + k) % SLOTS);
      expect(queue.claim((ticket - SLOTS) | 0, 0)).toBe(NONE);
      expect(queue.claim((ticket + SLOTS) | 0, 0)).toBe(NONE);
      expect(queue.numbersOf(ticket)[0]).toBe(k);
      expect(claimAll(ticket)).toEqual([0, 1, 2]);
      queue.finish(ticket);
      expect(queue.isFinished(ticket)).toBe(true);
      seen.add(ticket);
    }
    expect(seen.size).toBe(12);
  });
});

describe("what threads hear", () => {
  test("a message is wanted once", () => {
    expect(complete(submit(1))).toBe(false);
    const [first, second] = [submit(1), submit(1)];
    queue.wantMessage();
    expect(complete(first)).toBe(true);
    expect(complete(second)).toBe(false);
  });

  test("a signal comes with each job and each message", () => {
    const before = queue.signals(false);
    submit(1);
    const between = queue.signals(false);
    expect(between).not.toBe(before);
    queue.awaitSignal(false, before, 1);
    const messages = () => [2, 3, 4].map((thread) => queue.messagesOf(thread));
    const announced = messages();
    queue.announceMessage(3);
    expect(queue.signals(false)).not.toBe(between);
    queue.awaitSignal(false, between, 1);
    expect(messages().map((count, k) => count - announced[k])).toEqual([0, 1, 0]);
  });

  test("a thread that is dismissed has a message to come for good", () => {
    for (const thread of [0, 63]) {
      const received = queue.messagesOf(thread);
      queue.dismiss();
      queue.clear();
      queue.announceMessage(thread);
      expect(queue.messagesOf(thread)).toBeGreaterThan(received + 1);
    }
  });

  test("nobody waits for a finished job", () => {
    const { finished } = queue;
    complete(submit(1));
    expect(queue.awaitFinished(finished)).toBe(true);
  });

  test("phases open one after the other", () => {
    const ticket = submit(6);
    queue.openPhase(ticket, 1);
    expect(queue.awaitPhase(ticket, 1)).toBe(true);
    queue.openPhase(ticket, 2);
    expect(queue.awaitPhase(ticket, 1)).toBe(true);
    expect(queue.awaitPhase(ticket, 2)).toBe(true);
    complete(ticket);
    for (let k = 1; k < SLOTS; k++) complete(submit(1));
    expect(phaseOf(ticket)).toBe(2);
    const next = submit(6);
    expect(queue.indexOf(next)).toBe(queue.indexOf(ticket));
    expect(phaseOf(next)).toBe(0);
  });
});

/** The code of a thread that acts when the waiting thread is asleep. */
const later = (code: string) => `
  import("node:worker_threads").then(({ workerData: { words } }) => {
    setTimeout(() => { ${code} }, 100);
  });`;

test.runIf(mayWait)("sleeping threads wake up", async () => {
  // On a busy machine a thread takes seconds to start.
  queue = new Queue(words.buffer, { offset: OFFSET, slots: SLOTS, parts: PARTS, mostSeconds: 20 });
  const { Worker } = await import("node:worker_threads");
  const ticket = submit(6);
  const at = wordOf(ticket, PHASE);
  const start = (code: string) => new Worker(later(code), { eval: true, workerData: { words } });
  const opener = start(`Atomics.store(words, ${at}, 1); Atomics.notify(words, ${at});`);
  expect(queue.awaitPhase(ticket, 1)).toBe(true);
  const finisher = start(`Atomics.add(words, ${FINISHED}, 1); Atomics.notify(words, ${FINISHED});`);
  expect(queue.awaitFinished(queue.finished)).toBe(true);
  await Promise.all([opener.terminate(), finisher.terminate()]);
});

test.runIf(mayWait)("a worker that stays awake sees a signal, and then sleeps", () => {
  const before = queue.signals(false);
  submit(1);
  queue.awaitSignal(false, before, 10);
  expect(queue.isFinishedSoon(queue.finished)).toBe(false);
});

test("the worker that yields has a signal when the caller has left, though nothing may be left to do", () => {
  const before = queue.signals(true);
  queue.callerLeaves(true);
  expect(queue.signals(true)).toBe(before);
  queue.callerArrives();
  expect(queue.isCallerAtWork).toBe(true);
  queue.callerLeaves(false);
  expect(queue.isCallerAtWork).toBe(false);
  expect(queue.signals(true)).not.toBe(before);
});

test.runIf(mayWait)("nobody sleeps longer than mostSeconds", () => {
  const ticket = submit(6);
  expect(queue.awaitPhase(ticket, 1)).toBe(false);
});

/** The code of a thread that sleeps until a word changes, and then says so. */
const sleeper = `
  import("node:worker_threads").then(({ parentPort, workerData: { words, at, value } }) => {
    parentPort.postMessage("asleep");
    parentPort.postMessage(Atomics.wait(words, at, value, 5000));
  });`;

describe.runIf(mayWait)("each change of the queue wakes those who sleep on it", () => {
  test.each<[string, () => number, () => unknown]>([
    ["a job wakes a worker", () => SIGNAL, () => submit(1)],
    ["a job wakes the worker that yields", () => FIRST_SIGNAL, () => submit(1)],
    ["a message wakes a worker", () => SIGNAL, () => queue.announceMessage(0)],
    ["to be dismissed wakes a worker", () => SIGNAL, () => queue.dismiss()],
    ["to be dismissed wakes the worker that yields", () => FIRST_SIGNAL, () => queue.dismiss()],
    ["a finished job wakes the caller", () => FINISHED, () => queue.finish(0)],
    ["a phase wakes all", () => wordOf(0, PHASE), () => queue.openPhase(0, 1)],
    [
      "a message wakes the worker that yields, also from the caller's work",
      () => {
        queue.callerArrives();
        return FIRST_SIGNAL;
      },
      () => queue.announceMessage(0),
    ],
    [
      "the caller that leaves work wakes the worker that yields",
      () => {
        queue.callerArrives();
        return FIRST_SIGNAL;
      },
      () => queue.callerLeaves(true),
    ],
  ])("%s", async (_, word, change) => {
    const { Worker } = await import("node:worker_threads");
    const at = word();
    const worker = new Worker(sleeper, { eval: true, workerData: { words, at, value: words[at] } });
    const next = () => new Promise((resolve) => worker.once("message", resolve));
    await next();
    const woken = next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    change();
    expect(await woken).toBe("ok");
    await worker.terminate();
  });
});
