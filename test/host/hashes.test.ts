import { expect, test } from "vitest";
import { hasRelaxedSimd, isFused } from "../support/backends.js";
import { hashesOf } from "../support/hashes.js";

// Results have the same bits on every machine and engine. Where they are meant to change, this renews the hashes:
// npx vitest run --project node test/host/hashes.test.ts --update
test.each(["simd", "js"] as const)("%s gives the bits that it gives everywhere", async (backend) => {
  await expectHashes(backend);
});

test.skipIf(!hasRelaxedSimd || !isFused())("relaxed gives the bits of every fused host", async () => {
  await expectHashes("relaxed");
});

async function expectHashes(backend: "relaxed" | "simd" | "js"): Promise<void> {
  const hashes = `${JSON.stringify(hashesOf(backend), undefined, 2)}\n`;
  await expect(hashes).toMatchFileSnapshot(`hashes/${backend}.json`);
}
