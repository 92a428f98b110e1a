import { beforeEach, describe, expect, test } from "vitest";
import { FIELDS, MOST_TASKS, NONE, Queue } from "../../src/threads/shared/queue.js";
import { mayWait } from "../support/pool.js";

const SLOTS = 4;
// The words that the tests look at, of the header and of a slot.
const SUBMITTED = 1;
const FINISHED = 2;
const HEADER = 80;
const CLAIM = 0;
const PHASE = 3;
const OFFSET = 64;

let words: Int32Array;
let board: Queue;
beforeEach(() => {
  const buffer = new SharedArrayBuffer(OFFSET + Queue.bytes(SLOTS));
  words = new Int32Array(buffer, OFFSET);
  words.fill(-1);
  board = new Queue(buffer, OFFSET, SLOTS);
  board.clear();
});

const submit = (blocks: number, first = 0) =>
  board.submit(blocks, (numbers) => {
    numbers[0] = first;
  });

const wordOf = (ticket: number, word: number) => HEADER + 16 * board.indexOf(ticket) + word;
const phaseOf = (ticket: number) => words[wordOf(ticket, PHASE)];

const claimAll = (ticket: number) => {
  const claimed: number[] = [];
  for (let block = board.claim(ticket); block !== NONE; block = board.claim(ticket)) {
    claimed.push(block);
  }
  return claimed;
};

/** Does all blocks of a job, and tells whether a message was wanted. */
const complete = (ticket: number) => {
  for (const _ of claimAll(ticket)) board.countDone(ticket);
  return board.finish(ticket);
};

describe("claims", () => {
  test("nothing is to be had of a board that is empty", () => {
    expect(board.submitted).toBe(0);
    for (let ticket = -5; ticket <= 5; ticket++) expect(board.claim(ticket)).toBe(NONE);
  });

  test("each block is claimed once, in order", () => {
    const ticket = submit(5);
    expect([board.claim(ticket), board.claim(ticket), board.claim(ticket)]).toEqual([0, 1, 2]);
    expect(claimAll(ticket)).toEqual([3, 4]);
    expect(claimAll(ticket)).toEqual([]);
    expect(board.tasksOf(ticket)).toBe(5);
  });

  test("jobs that are under way do not mix", () => {
    const tickets = [3, 1, 2, 4].map((blocks) => submit(blocks));
    expect(tickets).toEqual([0, 1, 2, 3]);
    expect(board.claim(2)).toBe(0);
    expect(claimAll(0)).toEqual([0, 1, 2]);
    expect(claimAll(3)).toEqual([0, 1, 2, 3]);
    expect(claimAll(2)).toEqual([1]);
    expect(claimAll(1)).toEqual([0]);
  });

  test("of the last block that can be counted", () => {
    const ticket = submit(MOST_TASKS);
    words[wordOf(ticket, CLAIM)] = MOST_TASKS - 1;
    expect(claimAll(ticket)).toEqual([MOST_TASKS - 1]);
    expect(board.claim(ticket + 1)).toBe(NONE);
  });
});

describe("slots that are used again", () => {
  test("a ticket whose low bits are the same gets nothing", () => {
    for (let ticket = 0; ticket < 4096; ticket++) complete(submit(2));
    expect(submit(2)).toBe(4096);
    expect(board.claim(0)).toBe(NONE);
    expect(board.claim(4096)).toBe(0);
  });

  test("the ticket before and the one after get nothing", () => {
    for (let ticket = 0; ticket < 50; ticket++) {
      expect(submit(2)).toBe(ticket);
      for (const other of [ticket - SLOTS, ticket + SLOTS, ticket - 5 * SLOTS, ticket + 1]) {
        expect(board.claim(other)).toBe(NONE);
      }
      expect(board.isFinished(ticket)).toBe(false);
      expect(claimAll(ticket)).toEqual([0, 1]);
      expect(board.countDone(ticket)).toBe(1);
      expect(board.countDone(ticket)).toBe(2);
      board.finish(ticket);
      expect(board.isFinished(ticket)).toBe(true);
      expect(board.finished).toBe(ticket + 1);
    }
  });

  test("a failure is of one job, and numbers are its own", () => {
    for (let k = 0; k < 10; k++) {
      const [bad, good] = [submit(1, 100 + k), submit(1, 200 + k)];
      expect(board.numbersOf(bad).length).toBe(FIELDS);
      expect([board.numbersOf(bad)[0], board.numbersOf(good)[0]]).toEqual([100 + k, 200 + k]);
      board.fail(bad);
      complete(bad);
      complete(good);
      expect([board.hasFailed(bad), board.hasFailed(good)]).toEqual([true, false]);
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
      expect(board.submitted).toBe((ticket + 1) | 0);
      expect(board.indexOf(ticket)).toBe((limit - 6 + k) % SLOTS);
      expect(board.claim((ticket - SLOTS) | 0)).toBe(NONE);
      expect(board.claim((ticket + SLOTS) | 0)).toBe(NONE);
      expect(board.numbersOf(ticket)[0]).toBe(k);
      expect(claimAll(ticket)).toEqual([0, 1, 2]);
      board.finish(ticket);
      expect(board.isFinished(ticket)).toBe(true);
      seen.add(ticket);
    }
    expect(seen.size).toBe(12);
  });
});

describe("what threads are told", () => {
  test("a message is wanted once", () => {
    expect(complete(submit(1))).toBe(false);
    const [first, second] = [submit(1), submit(1)];
    board.wantMessage();
    expect(complete(first)).toBe(true);
    expect(complete(second)).toBe(false);
  });

  test("a signal comes with each job and each letter", () => {
    const before = board.signals(false);
    submit(1);
    const between = board.signals(false);
    expect(between).not.toBe(before);
    board.awaitSignal(false, before);
    board.announceMessage(3);
    expect(board.signals(false)).not.toBe(between);
    board.awaitSignal(false, between);
    expect([board.messagesOf(2), board.messagesOf(3), board.messagesOf(4)]).toEqual([0, 1, 0]);
  });

  test("a job that has been finished is not waited for", () => {
    const { finished } = board;
    complete(submit(1));
    expect(board.awaitFinished(finished)).toBe(true);
  });

  test("phases open one after the other", () => {
    const ticket = submit(6);
    board.openPhase(ticket, 1);
    expect(board.awaitPhase(ticket, 1)).toBe(true);
    board.openPhase(ticket, 2);
    expect(board.awaitPhase(ticket, 1)).toBe(true);
    expect(board.awaitPhase(ticket, 2)).toBe(true);
    complete(ticket);
    for (let k = 1; k < SLOTS; k++) complete(submit(1));
    expect(phaseOf(ticket)).toBe(2);
    const next = submit(6);
    expect(board.indexOf(next)).toBe(board.indexOf(ticket));
    expect(phaseOf(next)).toBe(0);
  });
});

/** A thread that opens a phase, or finishes a job, when the one that waits is asleep. */
const later = (code: string) => `
  import("node:worker_threads").then(({ workerData: { words } }) => {
    setTimeout(() => { ${code} }, 100);
  });`;

test.runIf(mayWait)("who is asleep is woken", async () => {
  const { Worker } = await import("node:worker_threads");
  const ticket = submit(6);
  const at = wordOf(ticket, PHASE);
  const start = (code: string) => new Worker(later(code), { eval: true, workerData: { words } });
  const opener = start(`Atomics.store(words, ${at}, 1); Atomics.notify(words, ${at});`);
  expect(board.awaitPhase(ticket, 1)).toBe(true);
  const finisher = start(`Atomics.add(words, ${FINISHED}, 1); Atomics.notify(words, ${FINISHED});`);
  expect(board.awaitFinished(board.finished)).toBe(true);
  await Promise.all([opener.terminate(), finisher.terminate()]);
});
