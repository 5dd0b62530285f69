/** Floats as WGSL leaves them open: NaN, the signs of zeros, extremes and casts. */
export const numbersText = `
var<private> maths_zero: u32 = 0u;
fn maths_bits(bits: u32) -> f32 {
  // Through a variable, so that no compiler sees a constant that is not finite.
  return bitcast<f32>(bits ^ maths_zero);
}
fn maths_isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
fn maths_isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}
fn maths_isNonzero(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) != 0u;
}
fn maths_isOrdered(a: f32, b: f32) -> bool {
  return !maths_isNan(a) && !maths_isNan(b);
}
fn maths_rising(x: f32) -> i32 {
  // Rises as the float does; zeros are equal.
  let bits = bitcast<i32>(x);
  return select(bits, i32(-2147483648) - bits, bits < 0i);
}
fn maths_negate(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u);
}
fn maths_withSign(magnitude: f32, x: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(magnitude) & 0x7fffffffu) | (bitcast<u32>(x) & 0x80000000u));
}
fn maths_sqrt(x: f32) -> f32 {
  if (x < 0f) { return maths_bits(0x7fc00000u); }
  return select(x, sqrt(x), x > 0f && maths_isFinite(x));
}
fn maths_sign(x: f32) -> f32 {
  return select(x, maths_withSign(1f, x), x < 0f || x > 0f);
}
fn maths_max(a: f32, b: f32) -> f32 {
  if (maths_isNan(a)) { return a; }
  if (maths_isNan(b)) { return b; }
  if (a == b) { return bitcast<f32>(bitcast<u32>(a) & bitcast<u32>(b)); }
  return select(b, a, a > b);
}
fn maths_min(a: f32, b: f32) -> f32 {
  if (maths_isNan(a)) { return a; }
  if (maths_isNan(b)) { return b; }
  if (a == b) { return bitcast<f32>(bitcast<u32>(a) | bitcast<u32>(b)); }
  return select(b, a, a < b);
}
fn maths_toInt(x: f32) -> i32 {
  if (maths_isNan(x)) { return 0i; }
  if (x >= 2147483648f) { return 2147483647i; }
  if (x <= -2147483648f) { return i32(-2147483648); }
  return i32(x);
}
fn maths_toUint(x: f32) -> u32 {
  if (maths_isNan(x) || x <= 0f) { return 0u; }
  if (x >= 4294967296f) { return 4294967295u; }
  return u32(x);
}
fn maths_halfBits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return sign | 0x7e00u; }
  // From 65520 on the nearest half is infinite.
  if (magnitude >= 0x477ff000u) { return sign | 0x7c00u; }
  // Below 2^-14 halves stand 2^-24 apart.
  if (magnitude < 0x38800000u) { return sign | u32(round(abs(x) * 16777216f)); }
  let rounded = magnitude + 0xfffu + ((magnitude >> 13u) & 1u);
  return sign | ((rounded - 0x38000000u) >> 13u);
}
fn maths_fromHalfBits(half: u32) -> f32 {
  let magnitude = half & 0x7fffu;
  // The exponent's bias is greater by 112, and greater still where there is no end to it.
  let normal = (magnitude << 13u) + select(0x38000000u, 0x70000000u, magnitude >= 0x7c00u);
  let small = bitcast<u32>(f32(magnitude) * 5.9604645e-8f);
  return maths_bits(((half & 0x8000u) << 16u) | select(normal, small, magnitude < 0x400u));
}
fn maths_toHalf(x: f32) -> f32 {
  return maths_fromHalfBits(maths_halfBits(x));
}
fn maths_toBfloat(x: f32) -> f32 {
  if (maths_isNan(x)) { return maths_bits(0x7fc00000u); }
  let bits = bitcast<u32>(x);
  return maths_bits((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
}
fn maths_orderedFloat(bits: u32) -> u32 {
  // Rises as the float does; zeros are equal, and every NaN comes last.
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
fn maths_remainder(x: f32, y: f32) -> f32 {
  let bx = bitcast<u32>(x) & 0x7fffffffu;
  let by = bitcast<u32>(y) & 0x7fffffffu;
  if (bx >= 0x7f800000u || by > 0x7f800000u || by == 0u) { return maths_bits(0x7fc00000u); }
  if (bx < by) { return x; }
  // Whole mantissas, both scaled by the power of two of the divisor's last bit.
  var exponentX = max(i32(bx >> 23u), 1i);
  let exponentY = max(i32(by >> 23u), 1i);
  var rest = (bx & 0x7fffffu) | select(0x800000u, 0u, (bx >> 23u) == 0u);
  let divisor = (by & 0x7fffffu) | select(0x800000u, 0u, (by >> 23u) == 0u);
  rest = rest % divisor;
  while (exponentX > exponentY && rest != 0u) {
    let step = min(exponentX - exponentY, 8i);
    rest = (rest << u32(step)) % divisor;
    exponentX = exponentX - step;
  }
  if (rest == 0u) { return bitcast<f32>(bitcast<u32>(x) & 0x80000000u); }
  // The leading one goes to its place, as far as the exponent allows.
  let shift = min(i32(countLeadingZeros(rest)) - 8i, exponentY - 1i);
  let shifted = rest << u32(max(shift, 0i));
  let exponent = exponentY - max(shift, 0i);
  let normal = (shifted & 0x7fffffu) | (u32(exponent) << 23u);
  let bits = select(shifted, normal, shifted >= 0x800000u);
  return bitcast<f32>(bits | (bitcast<u32>(x) & 0x80000000u));
}
`
