/** Something is wrong with the data of a file. The message says where, what stood there, and what to do. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** Something is wrong with what was asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Whether an error says already what is wrong: it is one of these, or the system's, of a disk or file that failed. */
export function saysWhat(error: unknown): boolean {
  return error instanceof DataError || error instanceof UsageError || isOfSystem(error);
}

/** ENOENT, EIO, ENOSPC and the like. */
export function isOfSystem(error: unknown): boolean {
  return /^E[A-Z]+$/.test(String((error as NodeJS.ErrnoException | undefined)?.code));
}
