import { describe, expect, test } from "vitest";
import { bytesOf } from "../../src/backend/wasm/modules.js";
import { createSharedMemory, sharedModuleBytes } from "../../src/threads/caller/sharedMemory.js";

describe("sharedModuleBytes", () => {
  test.each(["simd", "relaxed"] as const)("%s runs on a memory that is shared, and on no other", (name) => {
    const bytes = sharedModuleBytes(bytesOf(name));
    if (!WebAssembly.validate(bytesOf(name))) {
      expect(name).toBe("relaxed");
      return;
    }
    const module = new WebAssembly.Module(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    const memory = createSharedMemory(1);
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    expect((exports.isRelaxed as () => number)()).toBe(name === "relaxed" ? 1 : 0);
    const small = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(() => new WebAssembly.Instance(module, { env: { memory: small } })).not.toThrow();
    const unshared = new WebAssembly.Memory({ initial: 1 });
    expect(() => new WebAssembly.Instance(module, { env: { memory: unshared } })).toThrow(
      WebAssembly.LinkError,
    );
  });

  test("the code stays as it is", () => {
    const bytes = bytesOf("simd");
    const shared = sharedModuleBytes(bytes);
    expect(shared.length).toBe(bytes.length + 3);
    expect(shared.slice(-1000)).toEqual(bytes.slice(-1000));
  });

  test("a module with other imports is refused", () => {
    const expected =
      /^module must import one private memory, env\.memory, and nothing else, got the bytes \d/;
    expect(() => sharedModuleBytes(bytesOf("probe"))).toThrow(expected);
    expect(() => sharedModuleBytes(sharedModuleBytes(bytesOf("simd")))).toThrow(expected);
    expect(() => sharedModuleBytes(Uint8Array.of(0, 1, 2))).toThrow(TypeError);
  });
});

describe("createSharedMemory", () => {
  test("has whole pages and may grow", () => {
    const memory = createSharedMemory(65537);
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(memory.buffer.byteLength).toBe(131072);
    memory.grow(1);
    expect(memory.buffer.byteLength).toBe(196608);
  });

  test("takes a smaller maximum where the engine refuses a larger one, and no smaller one than it needs", () => {
    const { Memory } = WebAssembly;
    const asked: unknown[] = [];
    const refuse = class {
      constructor({ maximum = 0 }: WebAssembly.MemoryDescriptor) {
        asked.push(maximum);
        throw new RangeError("no room");
      }
    };
    try {
      WebAssembly.Memory = refuse as unknown as typeof Memory;
      expect(() => createSharedMemory(1000 * 65536)).toThrow("no room");
      expect(asked).toEqual([65536, 16384, 4096, 1024]);
      WebAssembly.Memory = class {
        constructor({ maximum = 0, ...rest }: WebAssembly.MemoryDescriptor) {
          if (maximum > 4096) throw new RangeError("no room");
          // biome-ignore lint/correctness/noConstructorReturn: stands for the engine's own
          return new Memory({ ...rest, maximum });
        }
      } as unknown as typeof Memory;
      expect(createSharedMemory(3).buffer.byteLength).toBe(65536);
    } finally {
      WebAssembly.Memory = Memory;
    }
  });
});
