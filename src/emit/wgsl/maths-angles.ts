/** Trigonometric functions and their inverses. */
export const anglesText = `
const maths_twoOverPi = array<u32, 8>(
  0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0u);
fn maths_multiplyHigh(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let cross0 = a0 * b1;
  let cross1 = a1 * b0;
  let middle = ((a0 * b0) >> 16u) + (cross0 & 0xffffu) + (cross1 & 0xffffu);
  return a1 * b1 + (cross0 >> 16u) + (cross1 >> 16u) + (middle >> 16u);
}
fn maths_largeAngle(x: f32) -> vec2f {
  // Payne and Hanek (1983): 96 bits of 2/π from those that matter on, in 2.62 fixed point.
  let mantissa = (bitcast<u32>(x) << 8u) | 0x80000000u;
  let exponent = ((bitcast<u32>(x) >> 23u) & 0xffu) - 126u;
  let word = exponent >> 5u;
  let shift = exponent & 31u;
  var table = maths_twoOverPi;
  var high = table[word];
  var middle = table[word + 1u];
  var low = table[word + 2u];
  if (shift != 0u) {
    high = (high << shift) | (middle >> (32u - shift));
    middle = (middle << shift) | (low >> (32u - shift));
    low = (low << shift) | (table[word + 3u] >> (32u - shift));
  }
  let carried = maths_multiplyHigh(mantissa, low);
  var lower = mantissa * middle;
  var upper = mantissa * high + maths_multiplyHigh(mantissa, middle);
  lower = lower + carried;
  if (lower < carried) { upper = upper + 1u; }
  var quadrant = i32(upper >> 30u);
  upper = upper & 0x3fffffffu;
  let isPast = (upper & 0x20000000u) != 0u;
  if (isPast) {
    quadrant = quadrant + 1i;
    upper = 0x40000000u - upper - select(0u, 1u, lower != 0u);
    lower = 0u - lower;
  }
  // The leading bits, times π/4.
  var zeros = countLeadingZeros(upper);
  var top = upper;
  if (upper == 0u) {
    zeros = 32u + countLeadingZeros(lower);
    top = lower << (zeros & 31u);
  } else if (zeros > 0u) {
    top = (upper << zeros) | (lower >> (32u - zeros));
  }
  let r = f32(maths_multiplyHigh(top, 0xc90fdaa2u)) * maths_powerOfTwo(-29i - i32(zeros));
  return vec2f(f32(quadrant), select(r, -r, isPast));
}
fn maths_angle(x: f32) -> vec2f {
  // x = n·π/2 + r.
  if (abs(x) < 256f) {
    let n = round(x * 0.63661975f);
    return vec2f(n, ((x - n * 1.5703125f) - n * 0.00048375129f) - n * 7.54979e-8f);
  }
  let large = maths_largeAngle(abs(x));
  return select(large, -large, x < 0f);
}
fn maths_sinTail(r: f32) -> f32 {
  let s = r * r;
  return r + r * s * (((2.7181141039423236e-6f * s - 0.00019839311483651928f) * s
    + 0.008333329302410276f) * s - 0.16666666640776154f);
}
fn maths_cosTail(r: f32) -> f32 {
  let s = r * r;
  return 1f + s * (s * ((2.4433082373570565e-5f * s - 0.0013887315613340307f) * s
    + 0.04166664567007877f) - 0.5f);
}
fn maths_turned(r: f32, quadrant: i32) -> f32 {
  let value = select(maths_sinTail(r), maths_cosTail(r), (quadrant & 1i) != 0i);
  return select(value, maths_negate(value), (quadrant & 2i) != 0i);
}
fn maths_sin(x: f32) -> f32 {
  if (!maths_isFinite(x)) { return maths_bits(0x7fc00000u); }
  if (abs(x) < 0.00024414062f) { return x; }
  let angle = maths_angle(x);
  return maths_turned(angle.y, i32(angle.x));
}
fn maths_cos(x: f32) -> f32 {
  if (!maths_isFinite(x)) { return maths_bits(0x7fc00000u); }
  let angle = maths_angle(x);
  return maths_turned(angle.y, i32(angle.x) + 1i);
}
fn maths_tan(x: f32) -> f32 {
  if (!maths_isFinite(x)) { return maths_bits(0x7fc00000u); }
  if (abs(x) < 0.00024414062f) { return x; }
  let angle = maths_angle(x);
  let sine = maths_sinTail(angle.y);
  let cosine = maths_cosTail(angle.y);
  return select(sine / cosine, -cosine / sine, (i32(angle.x) & 1i) != 0i);
}
fn maths_asinTail(z: f32) -> f32 {
  let s = z * z;
  return z + z * s * ((((((0.03464633329085508f * s + 0.007509468181058893f) * s
    + 0.024604714258521697f) * s + 0.0301125249092673f) * s + 0.04465997221369317f) * s
    + 0.07499948897351237f) * s + 0.1666666718026272f);
}
fn maths_asin(x: f32) -> f32 {
  let a = abs(x);
  if (maths_isNan(x) || a > 1f) { return maths_bits(0x7fc00000u); }
  if (a <= 0.5f) { return maths_withSign(maths_asinTail(a), x); }
  let angle = 2f * maths_asinTail(sqrt((1f - a) * 0.5f));
  return maths_withSign(1.5707964f - (angle + 4.371139e-8f), x);
}
fn maths_acos(x: f32) -> f32 {
  let a = abs(x);
  if (maths_isNan(x) || a > 1f) { return maths_bits(0x7fc00000u); }
  if (a <= 0.5f) { return 1.5707964f - (maths_withSign(maths_asinTail(a), x) + 4.371139e-8f); }
  let angle = 2f * maths_asinTail(sqrt((1f - a) * 0.5f));
  return select(angle, 3.1415927f - (angle + 8.742278e-8f), x < 0f);
}
fn maths_atanTail(z: f32) -> f32 {
  let s = z * z;
  let p = ((((((((((-0.0006979532679652433f * s + 0.004926334574389718f) * s
    - 0.016299396714678966f) * s + 0.03447580075394035f) * s - 0.054515902479168085f) * s
    + 0.07259434618071615f) * s - 0.08985437901333676f) * s + 0.11094503430979435f) * s
    - 0.14284167206584597f) * s + 0.19999927242750665f) * s - 0.3333333213377022f);
  return z + z * s * p;
}
fn maths_atan(x: f32) -> f32 {
  if (maths_isNan(x)) { return x; }
  let a = abs(x);
  if (a <= 1f) { return maths_withSign(maths_atanTail(a), x); }
  return maths_withSign(1.5707964f - (maths_atanTail(1f / a) + 4.371139e-8f), x);
}
fn maths_atan2(y: f32, x: f32) -> f32 {
  if (maths_isNan(y) || maths_isNan(x)) { return maths_bits(0x7fc00000u); }
  let height = abs(y);
  let width = abs(x);
  let lesser = min(height, width);
  let greater = max(height, width);
  var octant = 0f;
  if (lesser == greater) {
    octant = select(0.7853982f, 0f, greater == 0f);
  } else if (maths_isFinite(greater)) {
    octant = maths_atanTail(lesser / greater);
  }
  let quadrant = select(octant, 1.5707964f - (octant + 4.371139e-8f), height > width);
  let isLeft = (bitcast<u32>(x) & 0x80000000u) != 0u;
  let angle = select(quadrant, 3.1415927f - (quadrant + 8.742278e-8f), isLeft);
  return maths_withSign(angle, y);
}
`
