import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The cells of a column of the table in docs/tokens.md, by their rows. */
function columnOf(peer: string): ReadonlyMap<string, string> {
  const [, section] = readFileSync("docs/tokens.md", "utf8").split("## Beside others\n");
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const [head, , ...rows] = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  const column = head.indexOf(peer);
  if (column < 0) throw new Error(`there is no column ${peer}`);
  return new Map(rows.map((cells) => [cells[0], cells[column]]));
}

/** What shows that a cell is true. */
export type Check = () => void | Promise<void>;

/** Checks each cell of a column, by its row and its words: a cell that says something else has no check, and fails. */
export function checkColumn(
  peer: string,
  checks: { readonly [row: string]: { readonly [cell: string]: Check } },
): void {
  test.each([...columnOf(peer)])("%s: %s", async (row, cell) => {
    const { [row]: { [cell]: check } = {} } = checks;
    expect(check, `${row}: ${cell}`).toBeDefined();
    await check();
  });

  test("there are checks of these cells alone", () => {
    expect(Object.keys(checks)).toEqual([...columnOf(peer).keys()]);
    for (const cells of Object.values(checks)) expect(Object.keys(cells).length).toBe(1);
  });
}
