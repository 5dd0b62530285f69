/** Hyperbolic functions and their inverses. */
export const hyperbolicsText = `
fn maths_halfExp(x: f32) -> f32 {
  let parts = maths_expParts(min(x, 100f));
  return maths_scale(maths_expTail(parts.y) + 1f, i32(parts.x) - 1i);
}
fn maths_sinh(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let a = abs(x);
  if (a < 1f) {
    let s = x * x;
    let p = ((2.8169512241796375e-6f * s + 0.00019836159778945263f) * s + 0.008333350058160256f) * s
      + 0.1666666649756135f;
    return x + x * s * p;
  }
  let e = maths_halfExp(a);
  return maths_withSign(e - 0.25f / e, x);
}
fn maths_cosh(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let e = maths_halfExp(abs(x));
  return e + 0.25f / e;
}
fn maths_asinh(x: f32) -> f32 {
  let a = abs(x);
  if (!maths_isFinite(x) || a < 0.00012207031f) { return x; }
  if (a > 4194304f) { return maths_withSign(maths_log(a) + 0.6931472f, x); }
  return maths_withSign(maths_log1p(a + a * a / (sqrt(a * a + 1f) + 1f)), x);
}
fn maths_acosh(x: f32) -> f32 {
  if (maths_isNan(x) || x < 1f) { return maths_bits(0x7fc00000u); }
  if (x > 4194304f) { return maths_log(x) + 0.6931472f; }
  let t = x - 1f;
  return maths_log1p(t + sqrt(2f * t + t * t));
}
fn maths_atanh(x: f32) -> f32 {
  let a = abs(x);
  if (maths_isNan(x) || a < 6.1035156e-5f) { return x; }
  if (a == 1f) { return maths_withSign(maths_bits(0x7f800000u), x); }
  if (a > 1f) { return maths_bits(0x7fc00000u); }
  return maths_withSign(0.5f * maths_log1p(2f * a / (1f - a)), x);
}
`
