import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { folder, run } from "./run.js";

const hasNumpy = spawnSync("python3", ["-c", "import numpy"]).status === 0;
if (!hasNumpy) console.log("Left out: what NumPy writes and reads. Debian has it as python3-numpy.");

const files = folder();

/** Runs Python in the folder of the files, and gives what it prints. */
function python(code: string): string {
  return execFileSync("python3", ["-c", `import numpy as np\n${code}`], {
    cwd: files.path("."),
    encoding: "utf8",
  });
}

/** What NumPy says of softmax along an axis, in double precision, beside what the command has written. */
const COMPARE = `
def compare(source, result, axis, bound):
    x = np.load(source).astype("f8")
    p = np.load(result)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    q = e / e.sum(axis=axis, keepdims=True)
    same = p.flags.f_contiguous == np.load(source).flags.f_contiguous
    print(p.dtype.str, p.shape, same, bool((np.abs(p - q) <= bound * q + 1e-300).all()))
`;

describe.runIf(hasNumpy)("files by NumPy", () => {
  const cases: [title: string, save: string, axis: number, dtype: string, shape: string][] = [
    ["float32", "np.save(name, x.astype('f4'))", -1, "<f4", "(7, 5, 3)"],
    ["float64", "np.save(name, x)", -1, "<f8", "(7, 5, 3)"],
    ["float16", "np.save(name, x.astype('f2'))", -1, "<f4", "(7, 5, 3)"],
    ["big-endian", "np.save(name, x.astype('>f4'))", 1, "<f4", "(7, 5, 3)"],
    ["big-endian doubles", "np.save(name, x.astype('>f8'))", 0, "<f8", "(7, 5, 3)"],
    ["Fortran's order, of a transpose", "np.save(name, x.T)", -1, "<f8", "(3, 5, 7)"],
    ["Fortran's order, another axis", "np.save(name, np.asfortranarray(x))", 0, "<f8", "(7, 5, 3)"],
    [
      "version 2 of the format",
      "np.lib.format.write_array(open(name, 'wb'), x, version=(2, 0))",
      -1,
      "<f8",
      "(7, 5, 3)",
    ],
    [
      "version 3 of the format",
      "np.lib.format.write_array(open(name, 'wb'), x, version=(3, 0))",
      -1,
      "<f8",
      "(7, 5, 3)",
    ],
    ["one vector", "np.save(name, x[0, 0])", -1, "<f8", "(3,)"],
    ["no rows", "np.save(name, x[:0, :, :])", -1, "<f8", "(0, 5, 3)"],
  ];

  it.each(cases)("%s", async (title, save, axis, dtype, shape) => {
    const name = `${title.replaceAll(/\W/g, "-")}.npy`;
    python(`x = np.random.default_rng(1).normal(0, 5, (7, 5, 3)); name = ${JSON.stringify(name)}; ${save}`);
    const args = [files.path(name), "-o", files.path(`p-${name}`), "--axis", `${axis}`, "-q"];
    expect(await run(["score", ...args])).toMatchObject({ status: 0, stderr: "" });
    // NumPy's own error: x - max is off by 2^-49 here, and so is its exponential, relative to itself.
    const bound = dtype === "<f4" ? "2 ** -21" : "2 ** -47";
    const seen = python(`${COMPARE}\ncompare(${JSON.stringify(name)}, "p-${name}", ${axis}, ${bound})`);
    expect(seen).toBe(`${dtype} ${shape} True True\n`);
  });

  it.each([
    ["integers", "np.save(name, np.arange(6).reshape(2, 3))", "<i8"],
    ["objects", "np.save(name, np.array([None, 1.5]))", "|O"],
    ["long doubles", "np.save(name, np.zeros((2, 3), 'g'))", "<f16"],
    ["complex numbers", "np.save(name, np.zeros((2, 3), 'c8'))", "<c8"],
    ["records", "np.save(name, np.zeros(2, [('a', 'f4'), ('b', 'f4')]))", "a"],
    [
      "two arrays in one file",
      "f = open(name, 'wb'); np.save(f, np.ones((2, 3))); np.save(f, np.ones(3))",
      "more than one array",
    ],
  ])("refuses %s by name", async (_, save, word) => {
    python(`name = "refused.npy"; ${save}`);
    const { status, stderr } = await run(["score", files.path("refused.npy"), "-o", files.path("none.npy")]);
    expect(stderr).toContain(word);
    expect(status).toBe(1);
    expect(files.names()).not.toContain("none.npy");
  });

  it("CSV by np.savetxt, with nan and -inf, and back by np.loadtxt", async () => {
    python(
      "np.savetxt('t.csv', [[1, -np.inf, 3], [np.nan, 0, 1]], delimiter=',', header='a,b,c', comments='')",
    );
    expect((await run(["score", files.path("t.csv"), "-o", files.path("u.csv"), "-q"])).status).toBe(0);
    const seen = python(
      "p = np.loadtxt('u.csv', delimiter=',', skiprows=1); print(p[0].sum(), p[0, 1], np.isnan(p[1]).all())",
    );
    expect(seen).toBe("1.0 0.0 True\n");
  });
});
