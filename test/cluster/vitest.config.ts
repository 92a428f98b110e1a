import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { missing } from "./services.js";

const sayWhatIsMissing = {
  onTestRunEnd() {
    for (const { part, packages } of missing()) {
      console.log(`${part} was left out. Install it (Debian: apt-get install ${packages.join(" ")}).`);
    }
  },
};

/** `npm run test:cluster`: the command on many machines, by real queues and schedulers on this one. */
export default defineConfig({
  test: {
    include: ["test/cluster/*.test.ts"],
    reporters: ["default", sayWhatIsMissing],
    // A part is taken over 34 s after its worker was killed. The rest takes seconds, and minutes where others use the cores.
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // By default vitest leaves one core idle.
    maxWorkers: availableParallelism(),
  },
});
