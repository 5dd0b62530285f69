/**
 * Exponentials and logarithms, and the functions that are one step away from them: the formulas of
 * the WebAssembly library, whose polynomials are minimax fits of the relative error.
 */
export const exponentialsText = `
fn maths_powerOfTwo(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127i) << 23u);
}
fn maths_scale(mantissa: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return mantissa * maths_powerOfTwo(half) * maths_powerOfTwo(n - half);
}
fn maths_expParts(x: f32) -> vec2f {
  // x = n·ln 2 + r; the product with the high part of ln 2 is exact.
  let n = round(x * 1.442695f);
  return vec2f(n, (x - n * 0.693359375f) - n * -0.00021219444f);
}
fn maths_expTail(r: f32) -> f32 {
  let p = (((0.001381447262f * r + 0.008368780412f) * r + 0.04166839412f) * r + 0.1666652011f) * r
    + 0.4999999341f;
  return r * r * p + r;
}
fn maths_exp(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let parts = maths_expParts(clamp(x, -104f, 89f));
  return maths_scale(maths_expTail(parts.y) + 1f, i32(parts.x));
}
fn maths_expm1(x: f32) -> f32 {
  if (maths_isNan(x) || abs(x) < 2.9802322e-8f) { return x; }
  let parts = maths_expParts(clamp(x, -20f, 89f));
  let r = parts.y;
  let p = ((((0.000198458985f * r + 0.001394072021f) * r + 0.008333389549f) * r + 0.04166635982f)
    * r + 0.1666666637f) * r + 0.5000000044f;
  // Halved inside, so that 2 to the 128 does not overflow too early.
  let half = maths_powerOfTwo(i32(parts.x) - 1i);
  return ((r * r * p + r) * half + (half - 0.5f)) * 2f;
}
fn maths_logParts(x: f32) -> vec2f {
  // x = 2^k·(1 + f) with 1 + f between √½ and √2.
  let denormal = x < 1.1754944e-38f;
  let offset = bitcast<u32>(select(x, x * 8388608f, denormal)) - 0x3f3504f3u;
  let k = f32(bitcast<i32>(offset) >> 23u) - select(0f, 23f, denormal);
  return vec2f(k, bitcast<f32>((offset & 0x7fffffu) + 0x3f3504f3u) - 1f);
}
fn maths_logTail(f: f32) -> f32 {
  return ((((((-0.07634515843f * f + 0.1276159627f) * f - 0.1316018327f) * f + 0.1420175468f) * f
    - 0.1662335691f) * f + 0.2000122707f) * f - 0.2500082105f) * f + 0.333333317f;
}
fn maths_log(x: f32) -> f32 {
  if (maths_isNan(x) || x < 0f) { return maths_bits(0x7fc00000u); }
  if (x == 0f) { return maths_bits(0xff800000u); }
  if (!maths_isFinite(x)) { return x; }
  let parts = maths_logParts(x);
  let f = parts.y;
  let cubic = f * f * f * maths_logTail(f);
  let tail = (parts.x * -0.00021219444f + cubic) - f * f * 0.5f;
  return parts.x * 0.693359375f + (f + tail);
}
fn maths_log1p(x: f32) -> f32 {
  if (abs(x) < 5.9604645e-8f || maths_isNan(x)) { return x; }
  if (x >= 16777216f) { return maths_log(x); }
  let sum = 1f + x;
  if (sum <= 0f) { return maths_log(sum); }
  let lost = select(x - (sum - 1f), 1f - (sum - x), x >= 1f);
  return maths_log(sum) + lost / sum;
}
fn maths_tanh(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let a = abs(x);
  if (a < 0.625f) {
    let s = x * x;
    let p = (((-0.005704985911f * s + 0.0206390863f) * s - 0.05373971483f) * s + 0.133314422f) * s
      - 0.3333328194f;
    return x + x * s * p;
  }
  return maths_withSign(1f - 2f / (maths_exp(min(a + a, 20f)) + 1f), x);
}
fn maths_logistic(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  // With e^|x| = 2^n(1 + q) the smaller side is 2^-n/((1 + 2^-n) + q).
  let parts = maths_expParts(min(abs(x), 104f));
  let n = -i32(parts.x);
  let power = maths_powerOfTwo(max(n, -64i));
  let sum = power + 1f;
  let q = maths_expTail(parts.y) + (power - (sum - 1f));
  let smaller = maths_scale(1f / (sum + q), n);
  return select(1f - smaller, smaller, x < 0f);
}
fn maths_erf(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let a = min(abs(x), 4f);
  if (a < 1f) {
    let s = x * x;
    let p = (((((7.853860784e-5f * s - 0.0008010193446f) * s + 0.005188327665f) * s
      - 0.02685381192f) * s + 0.1128358515f) * s - 0.3761262582f) * s + 0.1283791657f;
    return x + x * p;
  }
  let p = ((((-0.0002106425485f * a + 0.003186941582f) * a - 0.02279844752f) * a + 0.1051161171f)
    * a + 0.6358314941f) * a + 1.128480034f;
  return maths_withSign(1f - maths_exp(-a * p), x);
}
fn maths_erfc(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let a = min(abs(x), 11f);
  let t = 1f / (0.3f * a + 1f);
  // The square in two parts, so that its exponential keeps its digits.
  let high = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let gaussian = maths_exp(-high * high) * maths_exp((high - a) * (high + a));
  let p = (((((((((((-0.024247477040869526f * t + 0.18566170621415595f) * t - 0.5846856695935596f)
    * t + 0.9818922211505299f) * t - 1.0433061233780443f) * t + 0.8541317112739585f) * t
    - 0.37381086962011584f) * t + 0.2750123253135278f) * t + 0.07380909704762847f) * t
    + 0.1566635345145982f) * t + 0.16025842974171417f) * t + 0.1693683032028707f) * t
    + 0.1692528111836874f;
  let positive = gaussian * (t * p);
  return select(positive, 2f - positive, x < 0f);
}
fn maths_erfInv(x: f32) -> f32 {
  // Giles, "Approximating the erfinv function" (2010), single precision.
  if (maths_isNan(x) || abs(x) > 1f) { return maths_bits(0x7fc00000u); }
  if (abs(x) == 1f) { return maths_withSign(maths_bits(0x7f800000u), x); }
  let w = -maths_log((1f - x) * (1f + x));
  if (w < 5f) {
    let v = w - 2.5f;
    return x * ((((((((2.81022636e-08f * v + 3.43273939e-07f) * v - 3.5233877e-06f) * v
      - 4.39150654e-06f) * v + 0.00021858087f) * v - 0.00125372503f) * v - 0.00417768164f) * v
      + 0.246640727f) * v + 1.50140941f);
  }
  let v = sqrt(w) - 3f;
  return x * ((((((((-0.000200214257f * v + 0.000100950558f) * v + 0.00134934322f) * v
    - 0.00367342844f) * v + 0.00573950773f) * v - 0.0076224613f) * v + 0.00943887047f) * v
    + 1.00167406f) * v + 2.83297682f);
}
`
