import type { Executor } from "../shared/executor.js";
import { NONE, type Queue } from "../shared/queue.js";

/** Tasks that the calling thread computes at most before others have begun. */
const MOST_HELP = 6;

/** Its part of a job. It is that of the first worker too, which takes no tasks while the calling thread does. */
const OWN = 0;

/** The calling thread as one of those that compute. */
export class Helper {
  private ticket = 0;

  constructor(
    private readonly queue: Queue,
    private readonly executor: Executor,
  ) {}

  /** Forgets all jobs: tickets begin again. */
  forget(): void {
    this.ticket = 0;
    this.executor.forget();
  }

  /** Computes a task, if there is one. */
  help(): boolean {
    const { queue } = this;
    const { submitted, slots } = queue;
    // What was submitted before those in the slots is over.
    if (((submitted - this.ticket) | 0) > slots) this.ticket = (submitted - slots) | 0;
    for (; this.ticket !== submitted; this.ticket = (this.ticket + 1) | 0) {
      const task = queue.claim(this.ticket, OWN);
      if (task === NONE) continue;
      if (this.executor.execute(this.ticket, task)) queue.finish(this.ticket);
      return true;
    }
    return false;
  }

  /**
   * Computes tasks of a submitted job for as long as no worker does: they are slow to wake up. True if the job is finished
   * and the calling thread wanted a message.
   */
  helpUntilAwake(ticket: number): boolean {
    const { queue } = this;
    if (queue.submitted === ticket) return false;
    // Of a long row only the first phase: the others wait for each other.
    const most = Math.min(MOST_HELP, queue.tasksOf(ticket) / 3);
    for (let own = 0; own < most && queue.claimedOf(ticket) === own; own++) {
      const task = queue.claim(ticket, OWN);
      if (task === NONE) return false;
      if (this.executor.execute(ticket, task)) return queue.finish(ticket);
    }
    return false;
  }
}
