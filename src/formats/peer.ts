/** Packages that some formats need and that not every user installs. */
import { UsageError } from "./errors.js";

/** The package, loaded when it is first needed: `need` says by what, `instead` what else one can do. */
export async function peer<T>(name: string, load: () => Promise<T>, need: string, instead = ""): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isNotFound(error, name)) throw error;
    throw new UsageError(`${need} needs the package ${name}: npm install ${name}${instead}`, {
      cause: error,
    });
  }
}

function isNotFound(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  const codes = ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"];
  return codes.includes(code ?? "") && String(message).includes(name);
}
