/** Something is wrong with the data of a file. The message says where, what stood there, and what to do. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** Something is wrong with what was asked for. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
