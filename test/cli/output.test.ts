import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatHeader } from "../../src/formats/npyHeader.js";
import { npyOf } from "../support/npy.js";
import { folder, run, start } from "./run.js";

const files = folder();
const small = npyOf(new Float32Array(12), [3, 4]);

/** A file of zeros that takes long enough to be interrupted: sparse, so it takes no room. */
function large(name: string, rows: number): string {
  const path = files.path(name);
  const header = formatHeader("<f4", [rows, 1000], false);
  writeFileSync(path, header);
  truncateSync(path, header.length + rows * 4000);
  return path;
}

function leftovers(): string[] {
  return files.names().filter((name) => name.endsWith(".tmp"));
}

describe("nothing half-written stands under the target's name", () => {
  it("an existing file stays as it is without --force", async () => {
    const target = files.path("kept.npy");
    writeFileSync(files.path("small.npy"), small);
    writeFileSync(target, "mine");
    const { status, stderr } = await run(["score", files.path("small.npy"), "-o", target]);
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining("it exists already: give --force to replace it"),
    ]);
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect((await run(["score", files.path("small.npy"), "-o", target, "--force"])).status).toBe(0);
    expect(readFileSync(target).length).toBe(small.length);
  });

  it("bad data in the middle leaves the target and no other file", async () => {
    const target = files.path("kept.csv");
    writeFileSync(target, "mine");
    const csv = `a,b\n${"1,2\n".repeat(200000)}3,x\n`;
    const { status, stderr } = await run(["score", "-", "--format", "csv", "-o", target, "--force"], csv);
    expect(stderr).toContain('line 200002, row 200001, column "b"');
    expect(status).toBe(1);
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect(leftovers()).toEqual([]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s leaves the target and no other file", async (signal, code) => {
    const target = files.path("kept.npy");
    writeFileSync(target, "mine");
    const child = start(["score", large("large.npy", 250000), "-o", target, "--force"]);
    const status = await new Promise((resolve) => {
      child.on("close", resolve);
      const watch = setInterval(() => {
        if (leftovers().length === 0) return;
        clearInterval(watch);
        child.kill(signal);
      }, 5);
    });
    expect(status).toBe(code);
    expect(readFileSync(target, "utf8")).toBe("mine");
    expect(leftovers()).toEqual([]);
  });

  it("a reader that stops is no error to speak of", async () => {
    const child = start(["score", large("large.npy", 250000), "--to", "csv"]);
    let stderr = "";
    child.stderr?.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdout?.once("data", () => child.stdout?.destroy());
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect([status, stderr]).toEqual([141, ""]);
  });

  it("a reader that stops ends the command, though its input would go on", async () => {
    const child = start(["score", "-", "--format", "npy"]);
    child.stdout?.once("data", () => child.stdout?.destroy());
    child.stdin?.on("error", () => {});
    // A batch and a row of a hundred batches: it waits for the rest of the second.
    child.stdin?.write(formatHeader("<f4", [52_400, 1000], false));
    child.stdin?.write(new Uint8Array(525 * 4000));
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(status).toBe(141);
  });

  // Only root may mount a disk that is small enough.
  it.runIf(process.getuid?.() === 0 && process.platform === "linux")(
    "a full disk is an error, and leaves nothing",
    async () => {
      const disk = files.path("disk");
      mkdirSync(disk);
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], { stdio: "ignore" });
      } catch {
        // Nor may every root.
        return;
      }
      try {
        const { status, stderr } = await run(["score", large("medium.npy", 1000), "-o", `${disk}/p.npy`]);
        expect([status, stderr]).toEqual([
          1,
          `softmax-wasm: ${disk}/p.npy: there is no space left on the disk\n`,
        ]);
        expect(readdirSync(disk)).toEqual([]);
        // It does not wait for what else may come.
        const child = start(["score", "-", "--format", "npy", "-o", `${disk}/p.npy`]);
        child.stdin?.on("error", () => {});
        child.stdin?.write(formatHeader("<f4", [52_400, 1000], false));
        child.stdin?.write(new Uint8Array(525 * 4000));
        expect(await new Promise((resolve) => child.on("close", resolve))).toBe(1);
        expect(readdirSync(disk)).toEqual([]);
      } finally {
        execFileSync("umount", [disk]);
      }
    },
  );
});
