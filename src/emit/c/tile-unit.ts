/**
 * Products of bfloat16 in a processor's tiles (Intel AMX): 16 rows of 64 bytes each, which multiply
 * 16×32 elements by 32×16, those of the right one in pairs along the depth, and add to 16×16 sums in
 * float32. Two tiles of rows and two of columns are multiplied with each other.
 *
 * Six operations are all that is asked of the processor. Each has two bodies: the intrinsic, and with
 * `PORTABLE_TILES` defined plain C that computes the same, for processors without.
 *
 * Source: Intel Architecture Instruction Set Extensions Programming Reference, chapter 3, TDPBF16PS:
 * the even and the odd elements of the depth are summed apart, by fused multiply-adds, then added to
 * the sums; subnormal numbers count as zero.
 */

import { rowsOfPanel, stepsOfTile } from "./panels.ts"

/** The function that multiplies a panel of rows by a panel of columns. */
export const tileUnitFunction = "tile_pairs"

/** Words, each of a pair of bfloat16, in a row of a tile. */
const words = stepsOfTile / 2

/** The operations. A program that has vectors has the types already. */
const operations = `#if defined(PORTABLE_TILES)
static _Thread_local uint32_t tile_words[8][16][16];
static _Thread_local int tiles_stand;
#define TILES_CONFIGURE() (memset(tile_words, 0xff, sizeof(tile_words)), tiles_stand = 1)
#define TILES_RELEASE() (tiles_stand = 0)
#define TILE_ZERO(t) memset(tile_words[t], 0, sizeof(tile_words[t]))
#define TILE_LOAD(t, from, stride) tile_copied(t, (uint8_t *)(from), stride, 0)
#define TILE_STORE(t, to, stride) tile_copied(t, (uint8_t *)(to), stride, 1)
#define TILE_MULTIPLY(t, a, b) tile_multiplied(t, a, b)
static inline void tile_copied(int t, uint8_t *at, int64_t stride, int out) {
  if (!tiles_stand) __builtin_trap();
  for (int row = 0; row < 16; row++, at += stride) {
    if (out) memcpy(at, tile_words[t][row], 64);
    else memcpy(tile_words[t][row], at, 64);
  }
}
static inline float tile_flushed(uint32_t bits) {
  float x;
  if ((bits & 0x7f800000u) == 0) bits &= 0x80000000u;
  memcpy(&x, &bits, 4);
  return x;
}
static inline uint32_t tile_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return (bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits;
}
static void tile_multiplied(int t, int a, int b) {
  if (!tiles_stand) __builtin_trap();
  for (int row = 0; row < 16; row++) {
    float even[16] = {0}, odd[16] = {0};
    for (int pair = 0; pair < 16; pair++) {
      uint32_t left = tile_words[a][row][pair];
      float low = tile_flushed(left << 16), high = tile_flushed(left & 0xffff0000u);
      for (int column = 0; column < 16; column++) {
        uint32_t right = tile_words[b][pair][column];
        even[column] = __builtin_fmaf(low, tile_flushed(right << 16), even[column]);
        odd[column] = __builtin_fmaf(high, tile_flushed(right & 0xffff0000u), odd[column]);
      }
    }
    for (int column = 0; column < 16; column++) {
      float sum = tile_flushed(tile_words[t][row][column]);
      tile_words[t][row][column] = tile_bits(sum + tile_flushed(tile_bits(even[column] + odd[column])));
    }
  }
}
#else
#include <immintrin.h>
/* GCC 12 does not know that a load reads memory. */
#define TILE_LOAD(t, from, stride) do { \\
  __asm__ volatile("" : : : "memory"); \\
  _tile_loadd(t, from, stride); \\
} while (0)
#define TILE_STORE(t, to, stride) _tile_stored(t, to, stride)
#define TILE_ZERO(t) _tile_zero(t)
#define TILE_MULTIPLY(t, a, b) _tile_dpbf16ps(t, a, b)
#define TILES_CONFIGURE() _tile_loadconfig(&tile_shapes)
#define TILES_RELEASE() _tile_release()
/* Palette 1, eight tiles, each of 16 rows of 64 bytes. */
static const struct { uint8_t palette, start, none[14]; uint16_t bytes[16]; uint8_t rows[16]; }
tile_shapes __attribute__((aligned(64))) = {
  1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64}, {16, 16, 16, 16, 16, 16, 16, 16}
};
#endif`

/** Adds the products of a panel of rows and a panel of columns to a tile of sums, or begins one. */
const product = `static __attribute__((noinline, unused)) void ${tileUnitFunction}(
  int64_t pairs, const float *a, int64_t stride, const float *b, float *sums, int begins) {
  if (begins) { TILE_ZERO(0); TILE_ZERO(1); TILE_ZERO(2); TILE_ZERO(3); }
  else {
    TILE_LOAD(0, sums, ${4 * rowsOfPanel});
    TILE_LOAD(1, sums + 16, ${4 * rowsOfPanel});
    TILE_LOAD(2, sums + ${16 * rowsOfPanel}, ${4 * rowsOfPanel});
    TILE_LOAD(3, sums + ${16 * rowsOfPanel + 16}, ${4 * rowsOfPanel});
  }
  for (; pairs > 0; pairs -= ${words}, a += ${words}, b += ${words * rowsOfPanel}) {
    TILE_LOAD(4, a, 4 * stride);
    TILE_LOAD(6, b, ${4 * rowsOfPanel});
    TILE_LOAD(7, b + 16, ${4 * rowsOfPanel});
    TILE_LOAD(5, a + 16 * stride, 4 * stride);
    TILE_MULTIPLY(0, 4, 6);
    TILE_MULTIPLY(1, 4, 7);
    TILE_MULTIPLY(2, 5, 6);
    TILE_MULTIPLY(3, 5, 7);
  }
  TILE_STORE(0, sums, ${4 * rowsOfPanel});
  TILE_STORE(1, sums + 16, ${4 * rowsOfPanel});
  TILE_STORE(2, sums + ${16 * rowsOfPanel}, ${4 * rowsOfPanel});
  TILE_STORE(3, sums + ${16 * rowsOfPanel + 16}, ${4 * rowsOfPanel});
}`

/** What programs that multiply tiles begin with, after their types: {@link tileUnitFunction} and what it needs. */
export const tileUnitPrelude = `${operations}\n${product}`

/**
 * A library of its own, `int32_t tiles_check(void)`: 0 where tiles multiply integers as they should,
 * 1 where the system does not let this process use them, 2 where their sums differ. On Linux it asks
 * for the permission, which the whole process then has, threads to come included.
 */
export const tileUnitCheck = `#define _GNU_SOURCE
#include <stdint.h>
#include <string.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
${tileUnitPrelude}
/* The upper half of a small integer's float32 is its bfloat16. */
static uint16_t half_of(int x) {
  float value = (float)x;
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return (uint16_t)(bits >> 16);
}
static int left_of(int row, int step) { return (row * 7 + step * 5) % 17 - 8; }
static int right_of(int step, int column) { return (step * 3 + column * 11) % 13 - 6; }
int32_t tiles_check(void) {
#if !defined(PORTABLE_TILES)
#if defined(__linux__) && defined(SYS_arch_prctl)
  const int request_permission = 0x1023, tile_data = 18;
  if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0) return 1;
#else
  return 1;
#endif
#endif
  enum { panel = ${rowsOfPanel}, depth = ${2 * stepsOfTile} };
  static _Alignas(64) uint16_t a[panel * depth], b[depth * panel];
  static _Alignas(64) float sums[panel * panel];
  for (int i = 0; i < panel; i++) for (int k = 0; k < depth; k++) {
    a[i * depth + k] = half_of(left_of(i, k));
    b[k / 2 * 2 * panel + 2 * i + k % 2] = half_of(right_of(k, i));
  }
  TILES_CONFIGURE();
  for (int turn = 0; turn < 2; turn++) {
    ${tileUnitFunction}(depth / 2, (const float *)a, depth / 2, (const float *)b, sums, turn == 0);
  }
  TILES_RELEASE();
  for (int i = 0; i < panel; i++) for (int j = 0; j < panel; j++) {
    int sum = 0;
    for (int k = 0; k < depth; k++) sum += left_of(i, k) * right_of(k, j);
    if (sums[i * panel + j] != (float)(2 * sum)) return 2;
  }
  return 0;
}
`
