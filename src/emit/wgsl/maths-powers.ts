/** Powers and roots. */
export const powersText = `
fn maths_highPart(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u);
}
fn maths_powerOf(base: f32, y: f32) -> f32 {
  // e^(y·log base) of a positive finite base, the logarithm in two parts: high + low.
  let parts = maths_logParts(base);
  let k = parts.x;
  let f = parts.y;
  let fHigh = maths_highPart(f);
  let fLow = f - fHigh;
  let half = 0.5f * fHigh * fHigh;
  let first = f - half;
  let firstLost = (f - first) - half;
  let logLow = firstLost - 0.5f * fLow * (fHigh + f) + f * f * f * maths_logTail(f);
  let whole = k * 0.693359375f;
  let high = whole + first;
  let highLost = select((first - high) + whole, (whole - high) + first, abs(whole) >= abs(first));
  let low = highLost + logLow + k * -0.00021219444f;
  let about = y * high;
  if (about > 90f) { return maths_bits(0x7f800000u); }
  if (about < -106f) { return 0f; }
  let yHigh = maths_highPart(y);
  let yLow = y - yHigh;
  let logHigh = maths_highPart(high);
  let logRest = (high - logHigh) + low;
  let product = yHigh * logHigh;
  let productLow = yLow * (logHigh + logRest) + yHigh * logRest;
  let n = round((product + productLow) * 1.442695f);
  let r = ((product - n * 0.693359375f) - n * -0.00021219444f) + productLow;
  return maths_scale(maths_expTail(r) + 1f, i32(n));
}
fn maths_power(x: f32, y: f32) -> f32 {
  let a = abs(x);
  let b = abs(y);
  if (y == 0f || x == 1f) { return 1f; }
  if (maths_isNan(x) || maths_isNan(y)) { return maths_bits(0x7fc00000u); }
  let infinity = maths_bits(0x7f800000u);
  if (b == infinity) {
    if (a == 1f) { return 1f; }
    return select(0f, infinity, (a > 1f) == (y > 0f));
  }
  let isWhole = b >= 8388608f || floor(b) == b;
  let isOdd = isWhole && b < 16777216f && (u32(b) & 1u) != 0u;
  let isNegative = (bitcast<u32>(x) & 0x80000000u) != 0u;
  if (isNegative && !isWhole && a != 0f && a != infinity) { return maths_bits(0x7fc00000u); }
  var power = 0f;
  if (a == 0f || a == infinity) {
    power = select(0f, infinity, (a == 0f) == (y < 0f));
  } else {
    power = maths_powerOf(a, y);
  }
  return select(power, maths_negate(power), isOdd && isNegative);
}
fn maths_cbrt(x: f32) -> f32 {
  let a = abs(x);
  if (a == 0f || !maths_isFinite(x)) { return x; }
  // A third of the exponent, then two of Halley's steps.
  let denormal = a < 1.1754944e-38f;
  let normal = select(a, a * 16777216f, denormal);
  var t = bitcast<f32>(bitcast<u32>(normal) / 3u + 709958130u);
  for (var step = 0; step < 2; step = step + 1) {
    let cube = t * t * t;
    t = t * ((normal + (normal + cube)) / (normal + cube + cube));
  }
  return maths_withSign(select(t, t * 0.00390625f, denormal), x);
}
`
