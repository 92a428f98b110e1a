import { fileURLToPath } from "node:url";
import { withRecords } from "../support/examples.js";

/** A module that runs the block and then calls `report` with how many of its results are as documented, or which are not. */
export function reporting(code: string, report: string): string {
  const record = fileURLToPath(new URL("../support/record.ts", import.meta.url));
  return `
    import { createRecorder, differences } from ${JSON.stringify(record)};
    const { results, recordResult, about } = createRecorder();
    ${withRecords(code)}
    ${report}(differences(results).join("\\n") || results.length + " as documented");`;
}

export const DOCUMENTED = /^[1-9]\d* as documented$/;
