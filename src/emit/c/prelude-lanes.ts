/** The part of the prelude that a number of lanes has: types, memory, arithmetic. */

import { extremes, folds } from "./prelude-folds.ts"
import { type Register, registers, registerType } from "./registers.ts"

const bytesOf: { readonly [R in Register]: number } = { f64: 8, f32: 4, i32: 4, u32: 4 }

/** Memory types with the register that they are loaded into and their bytes. */
const memories = [
  ["f64", "f64", 8],
  ["f32", "f32", 4],
  ["i32", "i32", 4],
  ["u32", "u32", 4],
  ["i16", "i32", 2],
  ["u16", "u32", 2],
  ["i8", "i32", 1],
  ["u8", "u32", 1],
] as const

/** C for vectors of so many lanes. */
export function lanesPrelude(lanes: number): string {
  return [
    types(lanes),
    masks(lanes),
    ...memories.map(([memory, register, bytes]) => memoryOf(lanes, memory, register, bytes)),
    bools(lanes),
    ...(["f32", "f64"] as const).map((t) => floats(lanes, t)),
    ...(["i32", "u32"] as const).map((t) => integers(lanes, t)),
    conversions(lanes),
    scaling(lanes),
    threefryPrelude(`u32x${lanes}`),
    folds(lanes),
  ].join("\n")
}

function times(lanes: number, text: (lane: number) => string): string {
  return Array.from({ length: lanes }, (_, lane) => text(lane)).join(", ")
}

function types(lanes: number): string {
  const all = [
    ...memories.map(([memory, , bytes]) => [memory, bytes] as const),
    ["i64", 8],
    ["u64", 8],
  ] as const
  return all
    .map(([t, bytes]) => {
      const size = `vector_size(${bytes * lanes})`
      return `typedef ${t} ${t}x${lanes} __attribute__((${size}));
typedef ${t} ${t}x${lanes}u __attribute__((${size}, aligned(${bytes}), may_alias));`
    })
    .join("\n")
}

function masks(lanes: number): string {
  const m = `i32x${lanes}`
  const any =
    lanes === 16
      ? `#ifdef __AVX512DQ__
INLINE u16 bits_of(i32x16 m) { return __builtin_ia32_cvtd2mask512(m); }
INLINE int any_x16(i32x16 m) { return bits_of(m) != 0; }
#else
${anyLoop(lanes)}
#endif`
      : anyLoop(lanes)
  return `INLINE ${m} iota_x${lanes}(void) { return (${m}){${times(lanes, String)}}; }
${registers.map((t) => `INLINE ${t}x${lanes} splat_${t}x${lanes}(${t} x) { return (${t}x${lanes}){${times(lanes, () => "x")}}; }`).join("\n")}
INLINE i64x${lanes} wide_x${lanes}(${m} m) { return __builtin_convertvector(m, i64x${lanes}); }
INLINE ${m} thin_x${lanes}(i64x${lanes} m) { return __builtin_convertvector(m, ${m}); }
${any}
INLINE int any_wide_x${lanes}(i64x${lanes} m) { i64 all = 0; for (int l = 0; l < ${lanes}; l++) all |= m[l]; return all != 0; }
${(["f32", "i32", "u32"] as const)
  .map((t) => {
    const v = registerType(t, lanes)
    return `INLINE ${v} sel_${v}(${m} m, ${v} a, ${v} b) { return (${v})((m & (${m})a) | (~m & (${m})b)); }`
  })
  .join("\n")}
INLINE f64x${lanes} selw_f64x${lanes}(i64x${lanes} m, f64x${lanes} a, f64x${lanes} b) { return (f64x${lanes})((m & (i64x${lanes})a) | (~m & (i64x${lanes})b)); }
INLINE f64x${lanes} sel_f64x${lanes}(${m} m, f64x${lanes} a, f64x${lanes} b) { return selw_f64x${lanes}(wide_x${lanes}(m), a, b); }`
}

function anyLoop(lanes: number): string {
  return `INLINE int any_x${lanes}(i32x${lanes} m) { i32 all = 0; for (int l = 0; l < ${lanes}; l++) all |= m[l]; return all != 0; }`
}

/** Loads and stores of one memory type: whole, masked, and wherever indices point. */
function memoryOf(lanes: number, memory: string, register: Register, bytes: number): string {
  const v = registerType(register, lanes)
  const m = `i32x${lanes}`
  const name = `${memory}x${lanes}`
  const same = memory === register
  const [from, to] = same
    ? [`*(const ${name}u *)p`, `*(${name}u *)p = x`]
    : [
        `__builtin_convertvector(*(const ${name}u *)p, ${v})`,
        `*(${name}u *)p = __builtin_convertvector(x, ${name})`,
      ]
  const each = (body: string): string => `for (int l = 0; l < ${lanes}; l++) ${body}`
  const masked = same && bytes === 4 && lanes === 16
  const loadMasked = `{ ${v} r = {0}; ${each("if (m[l]) r[l] = p[l];")} return r; }`
  const storeMasked = `{ ${each(`if (m[l]) p[l] = (${memory})x[l];`)} }`
  const gather = `{ ${v} r; ${each("r[l] = p[at[l]];")} return r; }`
  const gatherMasked = `{ ${v} r = {0}; ${each("if (m[l]) r[l] = p[at[l]];")} return r; }`
  const [cast, letter] = register === "f32" ? ["", "f"] : [`(${v})`, "i"]
  const either = (fast: string, slow: string): string =>
    masked ? `\n#ifdef __AVX512DQ__\n${fast}\n#else\n${slow}\n#endif\n` : ` ${slow}`
  const kind = letter === "f" ? "ups" : "dqusi"
  const source = letter === "f" ? "(f32x16){0}" : "(i32x16){0}"
  const value = letter === "f" ? "x" : "(i32x16)x"
  return `INLINE ${v} load_${name}(const ${memory} *p) { return ${from}; }
INLINE void store_${name}(${memory} *p, ${v} x) { ${to}; }
INLINE void stream_${name}(${memory} *p, ${v} x) ${streamed(same ? bytes * lanes : 0, name)}
INLINE ${v} loadm_${name}(const ${memory} *p, ${m} m)${either(
    `{ return ${cast}__builtin_ia32_load${kind}512_mask((const void *)p, ${source}, bits_of(m)); }`,
    loadMasked,
  )}
INLINE void storem_${name}(${memory} *p, ${v} x, ${m} m)${either(
    `{ __builtin_ia32_store${kind}512_mask((void *)p, ${value}, bits_of(m)); }`,
    storeMasked,
  )}
INLINE ${v} gather_${name}(const ${memory} *p, ${m} at)${either(
    `{ return ${cast}__builtin_ia32_gathersiv16s${letter}(${source}, (const void *)p, at, (u16)-1, 4); }`,
    gather,
  )}
INLINE ${v} gatherm_${name}(const ${memory} *p, ${m} at, ${m} m)${either(
    `{ return ${cast}__builtin_ia32_gathersiv16s${letter}(${source}, (const void *)p, at, bits_of(m), 4); }`,
    gatherMasked,
  )}
INLINE void scatter_${name}(${memory} *p, ${m} at, ${v} x) { ${each(`p[at[l]] = (${memory})x[l];`)} }
INLINE void scatterm_${name}(${memory} *p, ${m} at, ${v} x, ${m} m) { ${each(`if (m[l]) p[at[l]] = (${memory})x[l];`)} }`
}

/** A store past the caches to a place that is a multiple of its bytes; where there is none, a store. */
function streamed(bytes: number, name: string): string {
  const plain = `{ store_${name}(p, x); }`
  if (bytes !== 64 && bytes !== 32 && bytes !== 16) return plain
  const [flag, suffix] = {
    64: ["__AVX512F__", "512"],
    32: ["__AVX__", "256"],
    16: ["__SSE__", ""],
  }[bytes]
  return `
#if defined(__clang__)
{ __builtin_nontemporal_store(x, (${name} *)p); }
#elif defined(${flag})
{ __builtin_ia32_movntps${suffix}((float *)p, (float __attribute__((vector_size(${bytes}))))x); }
#else
${plain}
#endif`
}

/**
 * Bools are bytes in memory and masks in registers. clang makes of a comparison's bytes a load of ones
 * under its mask, and a load of which nothing is wanted costs Intel's processors dozens of cycles: so
 * the compiler is not told where the mask is from.
 */
function bools(lanes: number): string {
  const m = `i32x${lanes}`
  const u = `u32x${lanes}`
  const name = `boolx${lanes}`
  const bytes = `u8x${lanes}`
  const narrow = `bytes_${name}(x)`
  return `INLINE ${u} bytes_${name}(${m} x) {
  ${u} n = (${u})(-x);
#ifdef __AVX512F__
  __asm__("" : "+v"(n));
#endif
  return n;
}
INLINE ${m} load_${name}(const u8 *p) { return (${m})(load_${bytes}(p) != 0); }
INLINE ${m} loadm_${name}(const u8 *p, ${m} m) { return (${m})(loadm_${bytes}(p, m) != 0); }
INLINE ${m} gather_${name}(const u8 *p, ${m} at) { return (${m})(gather_${bytes}(p, at) != 0); }
INLINE ${m} gatherm_${name}(const u8 *p, ${m} at, ${m} m) { return (${m})(gatherm_${bytes}(p, at, m) != 0); }
INLINE void store_${name}(u8 *p, ${m} x) { store_${bytes}(p, ${narrow}); }
INLINE void stream_${name}(u8 *p, ${m} x) { store_${name}(p, x); }
INLINE void storem_${name}(u8 *p, ${m} x, ${m} m) { storem_${bytes}(p, ${narrow}, m); }
INLINE void scatter_${name}(u8 *p, ${m} at, ${m} x) { scatter_${bytes}(p, at, ${narrow}); }
INLINE void scatterm_${name}(u8 *p, ${m} at, ${m} x, ${m} m) { scatterm_${bytes}(p, at, ${narrow}, m); }`
}

/** A function with an instruction for it where the processor has one, and a loop elsewhere. */
function native(
  signature: string,
  bytes: number,
  { avx512, avx, neon }: { avx512: string; avx?: string; neon?: string },
  otherwise: string,
): string {
  const [flag, fast] =
    bytes === 64
      ? ["__AVX512F__", avx512]
      : bytes === 32
        ? ["__FMA__", avx?.replace("@", "256")]
        : bytes === 16
          ? ["__FMA__", avx?.replace("@", "")]
          : ["", undefined]
  const slow = `INLINE ${signature} { ${otherwise} }`
  const arm =
    neon === undefined || bytes !== 16
      ? ""
      : `#elif defined(__aarch64__)\nINLINE ${signature} { return ${neon}; }\n`
  if (fast === undefined) return slow
  return `#if defined(${flag})\nINLINE ${signature} { return ${fast}; }\n${arm}#else\n${slow}\n#endif`
}

function fusedNeon(v: string, type: string, suffix: string): string {
  return `(${v})vfmaq_${suffix}((${type})c, (${type})a, (${type})b)`
}

function floats(lanes: number, t: "f32" | "f64"): string {
  const v = registerType(t, lanes)
  const bytes = lanes * bytesOf[t]
  const whole = `${t === "f32" ? "i32" : "i64"}x${lanes}`
  const p = t === "f32" ? "ps" : "pd"
  const s = t === "f32" ? "f" : ""
  const all = t === "f32" ? "(u16)-1" : "(u8)-1"
  const select = t === "f32" ? `sel_${v}` : `selw_${v}`
  const mask = (expression: string): string =>
    t === "f32" ? `(i32x${lanes})(${expression})` : `thin_x${lanes}(${expression})`
  const each = (body: string): string =>
    `${v} r; for (int l = 0; l < ${lanes}; l++) r[l] = ${body}; return r;`
  const round = (name: string, code: number): string =>
    native(
      `${v} ${name}_${v}(${v} x)`,
      bytes,
      {
        avx512: `__builtin_ia32_rndscale${p}_mask(x, ${code}, x, ${all}, 4)`,
        avx: `__builtin_ia32_round${p}@(x, ${code})`,
      },
      each(`${name}_${t}(x[l])`),
    )
  return `${native(
    `${v} madd_${v}(${v} a, ${v} b, ${v} c)`,
    bytes,
    {
      avx512: `__builtin_ia32_vfmadd${p}512_mask(a, b, c, ${all}, 4)`,
      avx: `__builtin_ia32_vfmadd${p}@(a, b, c)`,
      // Of single lanes clang makes halves of vectors, which it then spills.
      neon: t === "f32" ? fusedNeon(v, "float32x4_t", "f32") : fusedNeon(v, "float64x2_t", "f64"),
    },
    each(`__builtin_fma${s}(a[l], b[l], c[l])`),
  )}
${native(
  `${v} least_${v}(${v} a, ${v} b)`,
  bytes,
  { avx512: `MIN512_${p}(b, a)`, avx: `__builtin_ia32_min${p}@(b, a)` },
  `return ${select}((${whole})(b < a), b, a);`,
)}
${native(
  `${v} most_${v}(${v} a, ${v} b)`,
  bytes,
  { avx512: `MAX512_${p}(b, a)`, avx: `__builtin_ia32_max${p}@(b, a)` },
  `return ${select}((${whole})(b > a), b, a);`,
)}
${round("floor", 9)}
${round("ceil", 10)}
${round("nearest", 8)}
${round("trunc", 11)}
${native(
  `${v} sqrt_${v}(${v} x)`,
  bytes,
  { avx512: `SQRT512_${p}(x)`, avx: `__builtin_ia32_sqrt${p}@(x)` },
  each(`__builtin_sqrt${s}(x[l])`),
)}
INLINE ${v} abs_${v}(${v} x) { return (${v})((${whole})x & ~(${whole})splat_${v}(-0.0${s})); }
INLINE ${v} neg_${v}(${v} x) { return -x; }
INLINE ${v} sign_${v}(${v} x) {
  ${v} one = (${v})(((${whole})x & (${whole})splat_${v}(-0.0${s})) | (${whole})splat_${v}(1.0${s}));
  return ${select}((${whole})(abs_${v}(x) > 0), one, x);
}
INLINE i32x${lanes} finite_${v}(${v} x) { return ${mask(`abs_${v}(x) < __builtin_inf${s}()`)}; }
${extremes(v, whole, select)}`
}

/** Sums of exponents in float32, and quotients by a divisor that all lanes have. */
function scaling(lanes: number): string {
  const [v, m] = [`f32x${lanes}`, `i32x${lanes}`]
  const wide = lanes === 16
  // A power that underflows takes some hundred times as long: what is 0 is left out.
  const slow = `INLINE ${v} scale_${v}(${v} x, ${v} n, ${m} zero) {
  ${m} whole = __builtin_convertvector((${v})((${m})n & ~zero), ${m}), half = whole >> 1, rest = whole - half;
  return (${v})((${m})x & ~zero) * (${v})((half + 127) << 23) * (${v})((rest + 127) << 23);
}`
  const scale = !wide
    ? slow
    : `#ifdef __AVX512DQ__
INLINE ${v} scale_${v}(${v} x, ${v} n, ${m} zero) { return __builtin_ia32_scalefps512_mask(x, n, (${v}){0}, (u16)~bits_of(zero), 4); }
#else
${slow}
#endif`
  return `${scale}
INLINE ${v} over_${v}(${v} x, f32 by, f32 inverse) {
  f32 size = __builtin_fabsf(by);
  if (!(size > 1e-30f && size < 1e30f)) return x / splat_${v}(by);
  ${v} near = x * inverse, rest = madd_${v}(-near, splat_${v}(by), x);
  ${v} nearer = madd_${v}(rest, splat_${v}(inverse), near);
${
  wide
    ? `#ifdef __AVX512DQ__
  // 0, infinities and NaN.
  return sel_${v}(__builtin_ia32_cvtmask2d512(__builtin_ia32_fpclassps512_mask(near, 0x9f, (u16)-1)), near, nearer);
#endif
`
    : ""
}  ${m} ordinary = (${m})((((u32x${lanes})near & 0x7fffffffu) - 1u) < 0x7f7fffffu);
  return sel_${v}(ordinary, nearer, near);
}`
}

/** Threefry-2x32 with 20 rounds, as in JAX, alone or in lanes; the rotations are those of the paper. */
export function threefryPrelude(type: string): string {
  const rotations = [
    [13, 15, 26, 6],
    [17, 29, 16, 24],
  ] as const
  const rounds = [1, 2, 3, 4, 5].flatMap((group) => [
    ...rotations[(group - 1) % 2].map(
      (by) => `x0 += x1; x1 = (x1 << ${by}) | (x1 >> ${32 - by}); x1 ^= x0;`,
    ),
    `x0 += k[${group % 3}]; x1 += k[${(group + 1) % 3}] + ${group}u;`,
  ])
  const parameters = `${type} k0, ${type} k1, ${type} x0, ${type} x1`
  return `INLINE void threefry_${type}(${parameters}, ${type} *first, ${type} *second) {
  ${type} k[3] = {k0, k1, k0 ^ k1 ^ 0x1bd11bdau};
  x0 += k0; x1 += k1;
  ${rounds.join("\n  ")}
  *first = x0; *second = x1;
}
INLINE ${type} threefry_first_${type}(${parameters}) { ${type} a, b; threefry_${type}(k0, k1, x0, x1, &a, &b); return a; }
INLINE ${type} threefry_second_${type}(${parameters}) { ${type} a, b; threefry_${type}(k0, k1, x0, x1, &a, &b); return b; }
INLINE ${type} threefry_xor_${type}(${parameters}) { ${type} a, b; threefry_${type}(k0, k1, x0, x1, &a, &b); return a ^ b; }`
}

function integers(lanes: number, t: "i32" | "u32"): string {
  const v = registerType(t, lanes)
  const m = `i32x${lanes}`
  const u = `u32x${lanes}`
  const each = (f: string): string =>
    `{ ${v} r; for (int l = 0; l < ${lanes}; l++) r[l] = ${f}_${t}(a[l], b[l]); return r; }`
  const amount = `(${u})b`
  const fits = `(${m})(${amount} < 32u)`
  const zero = `(${v}){0}`
  const arithmetic =
    t === "i32"
      ? `a >> (${v})sel_${u}(${fits}, ${amount}, splat_${u}(31u))`
      : `sel_${v}(${fits}, a >> (b & 31u), ${zero})`
  const two = `${v} a, ${v} b`
  return `INLINE ${v} max_${v}(${two}) { return sel_${v}((${m})(a > b), a, b); }
INLINE ${v} min_${v}(${two}) { return sel_${v}((${m})(a < b), a, b); }
INLINE ${v} sign_${v}(${v} x) { return (${v})((${m})(x < 0) - (${m})(x > 0)); }
INLINE ${v} abs_${v}(${v} x) { return ${t === "i32" ? `sel_${v}(x < 0, -x, x)` : "x"}; }
${divisions(lanes, t)}
${
  t === "i32"
    ? `INLINE ${v} floordiv_x${lanes}(${v} a, i32 b) { return a / b + (${m})(a % b < 0); }
INLINE ${v} floormod_x${lanes}(${v} a, i32 b) { ${v} r = a % b; return r + (b & (${m})(r < 0)); }
`
    : ""
}INLINE ${v} pow_${v}(${two}) ${each("pow")}
INLINE ${v} clz_${v}(${v} a) { ${v} r; for (int l = 0; l < ${lanes}; l++) r[l] = clz_${t}(a[l]); return r; }
INLINE ${v} popcount_${v}(${v} a) {
  ${u} x = (${u})a;
  x = x - ((x >> 1) & 0x55555555u);
  x = (x & 0x33333333u) + ((x >> 2) & 0x33333333u);
  x = (x + (x >> 4)) & 0x0f0f0f0fu;
  return (${v})((x * 0x01010101u) >> 24);
}
INLINE ${v} shl_${v}(${two}) { return sel_${v}(${fits}, (${v})((${u})a << (${amount} & 31u)), ${zero}); }
INLINE ${v} shr_${v}(${two}) { return sel_${v}(${fits}, (${v})((${u})a >> (${amount} & 31u)), ${zero}); }
INLINE ${v} sar_${v}(${two}) { return ${arithmetic}; }`
}

/**
 * Division of whole numbers, which no processor does in lanes: quotients of 32 bits are no nearer to
 * the next whole number than 2⁻³² of themselves, so those of float64, cut off, are exact.
 */
function divisions(lanes: number, t: "i32" | "u32"): string {
  const [v, m, d] = [registerType(t, lanes), `i32x${lanes}`, `f64x${lanes}`]
  const one = `splat_${v}(1)`
  // What would not fit, −2³¹ by −1 and all by 0, is divided by 1.
  const odd = t === "i32" ? `(${m})((u32x${lanes})b + 1u < 2u)` : `(${m})(b == 0)`
  const quotient =
    t === "i32"
      ? `sel_${v}(odd, sel_${v}((${m})(b == 0), splat_${v}(-1), -q), q)`
      : `(q | (${v})odd)`
  return `INLINE ${v} div_${v}(${v} a, ${v} b) {
  ${m} odd = ${odd};
  ${d} by = __builtin_convertvector(sel_${v}(odd, ${one}, b), ${d});
  ${v} q = __builtin_convertvector(__builtin_convertvector(a, ${d}) / by, ${v});
  return ${quotient};
}
INLINE ${v} rem_${v}(${v} a, ${v} b) { return a - div_${v}(a, b) * b; }`
}

/** Floats to integers saturate and NaN becomes 0; halves are held as bits. */
function conversions(lanes: number): string {
  const [f, d, i, u] = (["f32", "f64", "i32", "u32"] as const).map((t) => registerType(t, lanes))
  const w = `i64x${lanes}`
  const to = (
    name: string,
    from: string,
    thin: (mask: string) => string,
    select: string,
  ): string => {
    const zero = `(${from}){0}`
    return `INLINE ${i} i32_${name}(${from} x) {
  ${from} within = ${select}(${select === `sel_${from}` ? `(${i})` : `(${w})`}(abs_${from}(x) < 2147483648.0${name === f ? "f" : ""}), x, ${zero});
  ${i} r = sel_${i}(${thin(`x >= 2147483648.0${name === f ? "f" : ""}`)}, splat_${i}(2147483647), __builtin_convertvector(within, ${i}));
  return sel_${i}(${thin(`x <= -2147483648.0${name === f ? "f" : ""}`)}, splat_${i}((i32)0x80000000u), r);
}
INLINE ${u} u32_${name}(${from} x) {
  ${from} within = ${select}(${select === `sel_${from}` ? `(${i})` : `(${w})`}((x > 0) & (x < 4294967296.0${name === f ? "f" : ""})), x, ${zero});
  return sel_${u}(${thin(`x >= 4294967296.0${name === f ? "f" : ""}`)}, splat_${u}(4294967295u), __builtin_convertvector(within, ${u}));
}`
  }
  return `${to(f, f, (mask) => `(${i})(${mask})`, `sel_${f}`)}
${to(d, d, (mask) => `thin_x${lanes}(${mask})`, `selw_${d}`)}
INLINE ${f} f32_bf16x${lanes}(${u} x) { return (${f})(x << 16); }
INLINE ${u} bf16_${f}(${f} x) {
  ${u} b = (${u})x;
  return sel_${u}((${i})(x != x), splat_${u}(0x7fc0u), (b + 0x7fffu + ((b >> 16) & 1u)) >> 16);
}
INLINE ${f} f32_f16x${lanes}(${u} h) {
  ${u} sign = (h & 0x8000u) << 16, low = h & 0x7fffu, quiet = splat_${u}(0x400000u);
  ${u} special = splat_${u}(0x7f800000u) | ((low & 0x3ffu) << 13) | sel_${u}((${i})((low & 0x3ffu) != 0), quiet, (${u}){0});
  ${u} small = (${u})(__builtin_convertvector((${i})low, ${f}) * 5.9604644775390625e-8f);
  ${u} r = sel_${u}((${i})(low < 0x400u), small, (low << 13) + 0x38000000u);
  return (${f})(sign | sel_${u}((${i})(low >= 0x7c00u), special, r));
}
INLINE ${u} f16_${f}(${f} x) {
  ${u} b = (${u})x & 0x7fffffffu, sign = ((${u})x >> 16) & 0x8000u;
  ${u} small = (${u})((${f})b + 0.5f) - 0x3f000000u;
  ${u} normal = (b + 0xfffu + ((b >> 13) & 1u) - 0x38000000u) >> 13;
  ${u} r = sel_${u}((${i})(b < 0x38800000u), small, normal);
  r = sel_${u}((${i})(b >= 0x477ff000u), splat_${u}(0x7c00u), r);
  return sign | sel_${u}((${i})(b > 0x7f800000u), splat_${u}(0x7e00u), r);
}`
}

/** float32 lanes in halves of float64, for formulas that need its digits. */
export function halvesPrelude(lanes: number): string {
  const half = lanes / 2
  const [whole, part, wide] = [`f32x${lanes}`, `f32x${half}`, `f64x${half}`]
  const places = (count: number, from: number): string =>
    times(count, (lane) => String(from + lane))
  return `INLINE ${wide} low_x${lanes}(${whole} x) { return __builtin_convertvector(SHUFFLE(x, x, ${places(half, 0)}), ${wide}); }
INLINE ${wide} high_x${lanes}(${whole} x) { return __builtin_convertvector(SHUFFLE(x, x, ${places(half, half)}), ${wide}); }
INLINE ${whole} join_x${lanes}(${wide} a, ${wide} b) {
  ${part} low = __builtin_convertvector(a, ${part}), high = __builtin_convertvector(b, ${part});
  return SHUFFLE(low, high, ${places(lanes, 0)});
}`
}
