/**
 * The solution y of A y = b, by A = L Lᵀ (Cholesky). A is symmetric and positive definite, row-major, as many rows as
 * b has elements.
 */
export function solve(matrix: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const lower = factor(matrix, n);
  const y = b.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) y[i] -= lower[i * n + k] * y[k];
    y[i] /= lower[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) y[i] -= lower[k * n + i] * y[k];
    y[i] /= lower[i * n + i];
  }
  return y;
}

function factor(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0; k < j; k++) rest -= lower[i * n + k] * lower[j * n + k];
      lower[i * n + j] = i === j ? Math.sqrt(rest) : rest / lower[j * n + j];
    }
  }
  return lower;
}
