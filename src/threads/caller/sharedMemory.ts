const PAGE = 65536;

/** The pages that 32-bit addresses reach. */
const ALL_PAGES = 65536;

/** "\0asm" and version 1. */
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The import of a memory: module "env", name "memory", kind 2. */
const MEMORY_IMPORT = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2];

/** Limits: flags, least pages and, with flag 1, most pages. Flag 2 is shared, which requires a maximum. */
const PRIVATE_LIMITS = [0, 0];
const SHARED_LIMITS = [3, 0, 0x80, 0x80, 0x04]; // ALL_PAGES as LEB128

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;

/**
 * The bytes of a module whose one import is a private memory, with that memory declared shared. The kernels are the same
 * for both, so the package carries them once.
 *
 * The binary format: https://webassembly.github.io/spec/core/binary/modules.html; shared limits:
 * https://github.com/WebAssembly/threads/blob/main/proposals/threads/Overview.md
 */
export function sharedModuleBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = PREAMBLE.length;
  if (bytes[at] === TYPE_SECTION) {
    const { value, end } = readUnsigned(bytes, at + 1);
    at = end + value;
  }
  const given = section([1, ...MEMORY_IMPORT, ...PRIVATE_LIMITS]);
  const wanted = section([1, ...MEMORY_IMPORT, ...SHARED_LIMITS]);
  const end = at + given.length;
  if (!holdsAt(bytes, 0, PREAMBLE) || !holdsAt(bytes, at, given)) {
    throw new TypeError(
      `module must import one private memory, env.memory, and nothing else, got the bytes ${bytes.slice(at, end)}`,
    );
  }
  const shared = new Uint8Array(bytes.length - given.length + wanted.length);
  shared.set(bytes.subarray(0, at));
  shared.set(wanted, at);
  shared.set(bytes.subarray(end), at + wanted.length);
  return shared;
}

/**
 * A shared memory of at least `bytes` bytes that may grow as far as the engine lets it. Engines reserve address space
 * for the maximum, and some (32 bits, phones, `ulimit -v`) have less than all of it. Throws the engine's error if
 * there is no room at all.
 */
export function createSharedMemory(bytes: number): WebAssembly.Memory {
  const initial = Math.ceil(bytes / PAGE);
  for (let maximum = ALL_PAGES; ; maximum /= 4) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (error) {
      if (maximum / 4 < Math.max(initial, 1)) throw error;
    }
  }
}

/** An import section: its number, its size (one byte of LEB128), its contents. */
function section(contents: readonly number[]): number[] {
  return [IMPORT_SECTION, contents.length, ...contents];
}

function holdsAt(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, k) => bytes[at + k] === byte);
}

/** An unsigned LEB128 and where it ends. */
function readUnsigned(bytes: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  for (let k = 0; ; k++) {
    value |= (bytes[at + k] & 127) << (7 * k);
    if (bytes[at + k] < 128) return { value, end: at + k + 1 };
  }
}
