/**
 * What every program in C begins with: types, loads and stores, and the operations that C has no
 * sign for, alone (`max_f32`) and in lanes (`max_f32x16`), with the same bits.
 */

import { halvesPrelude, lanesPrelude, threefryPrelude } from "./prelude-lanes.ts"

const registers = ["f64", "f32", "i32", "u32"] as const

/** The beginning of a program whose kernels have vectors of so many lanes, of one number or several. */
export function prelude(lanes: readonly number[]): string {
  // Formulas in float32 lanes pass through halves of float64.
  const all = new Set(lanes.flatMap((each) => [each, each / 2]))
  return [
    scalars,
    threefryPrelude("u32"),
    ...[...all].map(lanesPrelude),
    ...lanes.map(halvesPrelude),
  ].join("\n")
}

const scalars = `#include <stdint.h>
#include <string.h>
#if defined(__aarch64__)
#include <arm_neon.h>
#endif
#define INLINE static inline __attribute__((always_inline, unused))
#define CALLED static __attribute__((noinline, unused))
#if defined(__clang__)
#define SHUFFLE __builtin_shufflevector
#pragma clang fp contract(off)
#elif __GNUC__ >= 12
#define SHUFFLE __builtin_shufflevector
#else
#error "a compiler with __builtin_shufflevector is needed: GCC 12 or clang"
#endif
#if defined(__AVX512F__) && defined(__clang__)
#define SQRT512_ps(x) __builtin_ia32_sqrtps512(x, 4)
#define SQRT512_pd(x) __builtin_ia32_sqrtpd512(x, 4)
#define MIN512_ps(a, b) __builtin_ia32_minps512(a, b, 4)
#define MIN512_pd(a, b) __builtin_ia32_minpd512(a, b, 4)
#define MAX512_ps(a, b) __builtin_ia32_maxps512(a, b, 4)
#define MAX512_pd(a, b) __builtin_ia32_maxpd512(a, b, 4)
#elif defined(__AVX512F__)
#define SQRT512_ps(x) __builtin_ia32_sqrtps512_mask(x, x, (unsigned short)-1, 4)
#define SQRT512_pd(x) __builtin_ia32_sqrtpd512_mask(x, x, (unsigned char)-1, 4)
#define MIN512_ps(a, b) __builtin_ia32_minps512_mask(a, b, a, (unsigned short)-1, 4)
#define MIN512_pd(a, b) __builtin_ia32_minpd512_mask(a, b, a, (unsigned char)-1, 4)
#define MAX512_ps(a, b) __builtin_ia32_maxps512_mask(a, b, a, (unsigned short)-1, 4)
#define MAX512_pd(a, b) __builtin_ia32_maxpd512_mask(a, b, a, (unsigned char)-1, 4)
#endif
typedef double f64; typedef float f32; typedef int64_t i64; typedef uint64_t u64;
typedef int32_t i32; typedef uint32_t u32; typedef int16_t i16; typedef uint16_t u16;
typedef int8_t i8; typedef uint8_t u8;
double exp(double); double expm1(double); double log(double); double log1p(double);
double sin(double); double cos(double); double tan(double); double asin(double);
double acos(double); double atan(double); double sinh(double); double cosh(double);
double tanh(double); double asinh(double); double acosh(double); double atanh(double);
double cbrt(double); double erf(double); double erfc(double); double pow(double, double);
double atan2(double, double); double fmod(double, double);
INLINE f32 bits_f32(u32 x) { f32 y; memcpy(&y, &x, 4); return y; }
INLINE u32 bits_u32(f32 x) { u32 y; memcpy(&y, &x, 4); return y; }
${(["f64", "f32"] as const)
  .map((t) => {
    const s = t === "f32" ? "f" : ""
    return `INLINE ${t} sqrt_${t}(${t} x) { return __builtin_sqrt${s}(x); }
INLINE ${t} floor_${t}(${t} x) { return __builtin_floor${s}(x); }
INLINE ${t} ceil_${t}(${t} x) { return __builtin_ceil${s}(x); }
INLINE ${t} nearest_${t}(${t} x) { return __builtin_rint${s}(x); }
INLINE ${t} trunc_${t}(${t} x) { return __builtin_trunc${s}(x); }
INLINE ${t} abs_${t}(${t} x) { return __builtin_fabs${s}(x); }
INLINE ${t} sign_${t}(${t} x) { return x > 0 || x < 0 ? __builtin_copysign${s}(1, x) : x; }
INLINE ${t} madd_${t}(${t} a, ${t} b, ${t} c) { return __builtin_fma${s}(a, b, c); }
INLINE i32 finite_${t}(${t} x) { return -(__builtin_fabs${s}(x) < __builtin_inf${s}()); }
INLINE ${t} max_${t}(${t} a, ${t} b) {
  if (a == b) return __builtin_signbit(a) ? b : a;
  return a > b || a != a ? a : b;
}
INLINE ${t} min_${t}(${t} a, ${t} b) {
  if (a == b) return __builtin_signbit(a) ? a : b;
  return a < b || a != a ? a : b;
}
INLINE ${t} least_${t}(${t} a, ${t} b) { return b < a ? b : a; }
INLINE ${t} most_${t}(${t} a, ${t} b) { return b > a ? b : a; }`
  })
  .join("\n")}
${(["i32", "u32"] as const)
  .map(
    (t) => `INLINE ${t} max_${t}(${t} a, ${t} b) { return a > b ? a : b; }
INLINE ${t} min_${t}(${t} a, ${t} b) { return a < b ? a : b; }
INLINE ${t} sign_${t}(${t} x) { return (x > 0) - (x < 0); }
INLINE ${t} abs_${t}(${t} x) { return x < 0 ? -x : x; }
INLINE ${t} div_${t}(${t} a, ${t} b) { return b == 0 ? (${t})-1 : ${t === "i32" ? "b == -1 ? -a : " : ""}a / b; }
INLINE ${t} rem_${t}(${t} a, ${t} b) { return b == 0 ? a : ${t === "i32" ? "b == -1 ? 0 : " : ""}a % b; }
INLINE ${t} clz_${t}(${t} x) { return x == 0 ? 32 : __builtin_clz((u32)x); }
INLINE ${t} popcount_${t}(${t} x) { return __builtin_popcount((u32)x); }
INLINE ${t} shl_${t}(${t} a, ${t} b) { return (u32)b < 32 ? (${t})((u32)a << (u32)b) : 0; }
INLINE ${t} shr_${t}(${t} a, ${t} b) { return (u32)b < 32 ? (${t})((u32)a >> (u32)b) : 0; }
INLINE ${t} sar_${t}(${t} a, ${t} b) { return ${t === "i32" ? "a >> ((u32)b < 32 ? b : 31)" : "b < 32 ? a >> b : 0"}; }
INLINE ${t} pow_${t}(${t} a, ${t} b) {
  ${t === "i32" ? "if (b < 0) return a == 1 || a == -1 ? ((b & 1) ? a : 1) : a == 0 ? -1 : 0;" : ""}
  u32 product = 1, base = (u32)a;
  for (u32 rest = (u32)b; rest != 0; rest >>= 1, base *= base) if (rest & 1) product *= base;
  return (${t})product;
}`,
  )
  .join("\n")}
INLINE i32 i32_f64(f64 x) { return x != x ? 0 : x >= 2147483647.0 ? 2147483647 : x <= -2147483648.0 ? (i32)0x80000000u : (i32)x; }
INLINE u32 u32_f64(f64 x) { return !(x > 0) ? 0 : x >= 4294967295.0 ? 4294967295u : (u32)x; }
INLINE i32 i32_f32(f32 x) { return i32_f64(x); }
INLINE u32 u32_f32(f32 x) { return u32_f64(x); }
${registers.map((t) => `INLINE ${t} sel_${t}(i32 m, ${t} a, ${t} b) { return m ? a : b; }`).join("\n")}
INLINE f32 f32_bf16(u32 x) { return bits_f32(x << 16); }
INLINE u32 bf16_f32(f32 x) {
  u32 b = bits_u32(x);
  return x != x ? 0x7fc0u : (b + 0x7fffu + ((b >> 16) & 1u)) >> 16;
}
INLINE f32 f32_f16(u32 h) {
  u32 sign = (h & 0x8000u) << 16, low = h & 0x7fffu;
  if (low >= 0x7c00u) return bits_f32(sign | 0x7f800000u | ((low & 0x3ffu) << 13) | ((low & 0x3ffu) ? 0x400000u : 0u));
  if (low < 0x400u) return bits_f32(sign | bits_u32((f32)low * 5.9604644775390625e-8f));
  return bits_f32(sign | ((low << 13) + 0x38000000u));
}
INLINE u32 f16_f32(f32 x) {
  u32 b = bits_u32(x), sign = (b >> 16) & 0x8000u;
  b &= 0x7fffffffu;
  if (b > 0x7f800000u) return sign | 0x7e00u;
  if (b >= 0x477ff000u) return sign | 0x7c00u;
  if (b < 0x38800000u) return sign | (bits_u32(bits_f32(b) + 0.5f) - 0x3f000000u);
  b += 0xfffu + ((b >> 13) & 1u);
  return sign | ((b - 0x38000000u) >> 13);
}
INLINE i64 floordiv(i64 a, i64 b) { i64 q = a / b; return q - ((a % b) < 0); }
INLINE i64 floormod(i64 a, i64 b) { i64 r = a % b; return r < 0 ? r + b : r; }
static const u64 two_over_pi[4] = {0x00a2f9836e4e4415u, 0x29fc2757d1f534ddu, 0xc0db6295993c4390u, 0x41fe5163abdebbc5u};
/* x = n*pi/2 + r modulo 2 pi, exactly, for a float32 x of magnitude at least 2^24 (Payne, Hanek). */
CALLED f64 reduce_large_angle(f64 x, u64 *n) {
  u64 bits; f64 magnitude = __builtin_fabs(x);
  memcpy(&bits, &magnitude, 8);
  i64 start = (i64)(bits >> 52) - 1040;
  u64 mantissa = ((bits >> 29) & 0x7fffffu) | 0x800000u;
  int from = start >= 64, s = (int)(start & 63);
  u64 w0 = two_over_pi[from], w1 = two_over_pi[from + 1], w2 = two_over_pi[from + 2];
  u64 first = (w0 << s) | ((w1 >> 1) >> (63 ^ s)), second = (w1 << s) | ((w2 >> 1) >> (63 ^ s));
  u64 product = mantissa * first + ((mantissa * (second >> 32)) >> 32);
  u64 turns = (product + ((u64)1 << 61)) >> 62;
  f64 quarter = __builtin_copysign(1.5707963267948966 / 4611686018427387904.0, x);
  *n = x < 0 ? 0 - turns : turns;
  return (f64)(i64)(product - (turns << 62)) * quarter + (x - x);
}
`
