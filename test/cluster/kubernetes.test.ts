import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { INSTALL_TIMEOUT, install, run, runModule } from "../package/run.js";
import { recipe } from "./recipes.js";

/** The schemas of Kubernetes' API, and its types. */
const PACKAGES = ["kubernetes-models@5.1.0", "js-yaml@5.1.0", "typescript@6.0.3"];

describe("the manifest for Kubernetes", () => {
  const folder = mkdtempSync(join(tmpdir(), "softmax-wasm-kubernetes-"));
  const manifest = recipe("Kubernetes");
  beforeAll(() => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    install(folder, ...PACKAGES);
  }, INSTALL_TIMEOUT);

  const validate = (text: string) =>
    runModule(
      folder,
      `import { load } from "js-yaml"; import { Job } from "kubernetes-models/batch/v1";
      const job = load(${JSON.stringify(text)});
      try { new Job(job).validate(); console.log(JSON.stringify(job)); } catch ({ message }) { console.log(message); }`,
    ).trim();

  test("is a valid Job", () => {
    const job = JSON.parse(validate(manifest));
    expect(job).toMatchObject({ apiVersion: "batch/v1", kind: "Job", spec: { completionMode: "Indexed" } });
    const [{ command }] = job.spec.template.spec.containers;
    expect(command.at(-1)).toBe(`auto/${job.spec.completions}`);
    // The schema passes over names that it does not know, types do not.
    writeFileSync(
      join(folder, "job.ts"),
      `import type { IJob } from "kubernetes-models/batch/v1";\nexport const job: IJob = ${JSON.stringify(job)};\n`,
    );
    const tsc = ["tsc", "--noEmit", "--strict", "--module", "nodenext", "--skipLibCheck", "job.ts"];
    expect(run(folder, "npx", ...tsc)).toBe("");
  });

  test.each([
    ["completionMode: Indexed", "completionMode: indexed", "spec/completionMode must be equal to one of"],
    ["completions: 10", "completions: ten", "spec/completions must be integer"],
    ["action: Ignore", "action: ignore", "action must be equal to one of"],
  ])("with %s as %s is not", (right, wrong, message) => {
    expect(validate(manifest.replace(right, wrong))).toContain(message);
  });
});
