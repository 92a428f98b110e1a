/** ln 2 in 32 bits, and the rest. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/**
 * log(1 + x) for a finite x >= 0, with the same bits on every engine. Math.log1p does not promise that.
 *
 *   1 + x = 2^k (1 + f), √½ < 1 + f < √2, s = f / (2 + f), log(1 + f) = f - f²/2 + s (f²/2 + R(s²))
 *
 * The rounding error of 1 + x is added back. Algorithm and coefficients: FreeBSD msun, s_log1p.c (Sun
 * Microsystems, 1993), error below 1 ulp.
 */
export function log1p(x: number): number {
  const u = 1 + x;
  const lost = x < 1 ? x - (u - 1) : 1 - (u - x);
  let k = 0;
  let mantissa = u;
  if (u >= 2) {
    while (mantissa >= 2 ** 30) {
      mantissa *= 2 ** -30;
      k += 30;
    }
    const exponent = 31 - Math.clz32(mantissa | 0);
    mantissa *= (1 << (30 - exponent)) * 2 ** -30;
    k += exponent;
  }
  if (mantissa > Math.SQRT2) {
    mantissa *= 0.5;
    k++;
  }
  const f = mantissa - 1;
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  // By Estrin's scheme: a lane by itself waits for the chain, which by Horner's rule takes twice as long.
  const z2 = z * z;
  const r1 = 0.6666666666666735 + z * 0.3999999999940942;
  const r2 = 0.2857142874366239 + z * 0.22222198432149784;
  const r3 = 0.1818357216161805 + z * 0.15313837699209373 + z2 * 0.14798198605116586;
  const r = z * (r1 + z2 * (r2 + z2 * r3));
  return k * LN2_HIGH - (half - (s * (half + r) + (k * LN2_LOW + lost / u)) - f);
}
