/**
 * log(1 + x + xLow) of two f64, x ≥ 0 and xLow a correction to it.
 *
 *   1 + x = 2^k · (1 + f),  √½ ≤ 1 + f < √2,  s = f / (2 + f),  log(1 + f) = f − f²/2 + s · (f²/2 + R(s²))
 *
 * and what rounding 1 + x loses is added back. Algorithm and coefficients: FreeBSD msun, s_log1p.c (Sun
 * Microsystems, 1993), error below 1 ulp.
 */
export function log1p(x: v128, xLow: v128): v128 {
  const one = f64x2.splat(1);
  const u = f64x2.add(one, x);
  // x − (u − 1) where 1 is the smaller addend, 1 − (u − x) where x is.
  const lost = f64x2.add(f64x2.sub(f64x2.pmin(one, x), f64x2.sub(u, f64x2.pmax(one, x))), xLow);

  const sqrtHalf: u64 = 0x3fe6a09e00000000;
  const bits = i64x2.add(u, i64x2.splat(0x3ff0000000000000 - sqrtHalf));
  const mantissa = v128.and(bits, i64x2.splat(0x000fffffffffffff));
  const f = f64x2.sub(i64x2.add(mantissa, i64x2.splat(sqrtHalf)), one);
  // The exponent as f64: put under 2^52 and taken off again.
  const k = f64x2.sub(
    v128.or(i64x2.shr_u(bits, 52), f64x2.splat(4503599627370496)),
    f64x2.splat(4503599627370496 + 1023),
  );

  const half = f64x2.mul(f64x2.splat(0.5), f64x2.mul(f, f));
  const s = f64x2.div(f, f64x2.add(f64x2.splat(2), f));
  const z = f64x2.mul(s, s);
  let r = f64x2.splat(reinterpret<f64>(0x3fc2f112df3e5244));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fc39a09d078c69f)));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fc7466496cb03de)));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fcc71c51d8e78af)));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fd2492494229359)));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fd999999997fa04)));
  r = f64x2.add(f64x2.mul(r, z), f64x2.splat(reinterpret<f64>(0x3fe5555555555593)));
  r = f64x2.mul(r, z);

  const low = f64x2.add(f64x2.mul(k, f64x2.splat(reinterpret<f64>(0x3dea39ef35793c76))), f64x2.div(lost, u));
  const tail = f64x2.sub(half, f64x2.add(f64x2.mul(s, f64x2.add(half, r)), low));
  return f64x2.sub(f64x2.mul(k, f64x2.splat(reinterpret<f64>(0x3fe62e42fee00000))), f64x2.sub(tail, f));
}
