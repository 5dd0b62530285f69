/** The part of the prelude that finds the greatest and the least, and combines the lanes of a vector into one. */

import { type Register, registers, registerType } from "./registers.ts"

/**
 * The greater and the lesser: NaN where one is NaN, and 0 above −0. The processor's own instruction knows the
 * order of zeros, but prefers numbers to NaN; the last lines fold a vector by it and look for NaN once.
 */
export function extremes(v: string, whole: string, select: string): string {
  const slow = `INLINE ${v} max_${v}(${v} a, ${v} b) {
  ${v} r = ${select}((${whole})(a > b) | (${whole})(a != a), a, b);
  return ${select}((${whole})(a == b), (${v})((${whole})a & (${whole})b), r);
}
INLINE ${v} min_${v}(${v} a, ${v} b) {
  ${v} r = ${select}((${whole})(a < b) | (${whole})(a != a), a, b);
  return ${select}((${whole})(a == b), (${v})((${whole})a | (${whole})b), r);
}`
  if (v !== "f32x16") return slow
  const fast = (["min", "max"] as const).map(
    (
      name,
      i,
    ) => `#define ${name}_number(a, b) __builtin_ia32_rangeps512_mask(a, b, ${4 + i}, a, (u16)-1, 4)
INLINE ${v} ${name}_${v}(${v} a, ${v} b) { return ${select}((${whole})(a != a) | (${whole})(b != b), a + b, ${name}_number(a, b)); }`,
  )
  return `#ifdef __AVX512DQ__
${fast.join("\n")}
#else
${slow}
#define max_number max_${v}
#define min_number min_${v}
#endif`
}

/** The lanes of a vector combined into one, halves first. */
export function folds(lanes: number): string {
  const fold = (name: string, t: Register, combined: (a: string, b: string) => string): string => {
    const v = registerType(t, lanes)
    const step = combined("a[l]", "a[l + w]")
    return `INLINE ${t} ${name}_${v}(${v} x) { ${t} a[${lanes}]; memcpy(a, &x, sizeof a); for (int w = ${lanes / 2}; w > 0; w /= 2) for (int l = 0; l < w; l++) a[l] = ${step}; return a[0]; }`
  }
  // Compilers make branches of what is greater, one for each pair: halves of vectors have none.
  const across = (name: "max" | "min", t: "f32" | "f64"): string => {
    const v = registerType(t, lanes)
    const halves: string[] = []
    for (let width = lanes / 2; width >= 1; width /= 2) {
      const upper = Array.from({ length: lanes }, (_, lane) => (lane + width) % lanes).join(", ")
      halves.push(
        `x = ${v === "f32x16" ? `${name}_number` : `${name}_${v}`}(x, SHUFFLE(x, x, ${upper}));`,
      )
    }
    const anyNaN =
      v === "f32x16" ? `if (any_x16((i32x16)(x != x))) return __builtin_nanf(""); ` : ""
    return `INLINE ${t} fold_${name}_${v}(${v} x) { ${anyNaN}${halves.join(" ")} return x[0]; }`
  }
  const extreme = (name: "max" | "min", t: Register): string =>
    t === "f32" || t === "f64"
      ? across(name, t)
      : fold(`fold_${name}`, t, (a, b) => `${name}_${t}(${a}, ${b})`)
  return [
    ...registers.flatMap((t) => [
      fold("fold_sum", t, (a, b) => `${a} + ${b}`),
      fold("fold_prod", t, (a, b) => `${a} * ${b}`),
      extreme("max", t),
      extreme("min", t),
    ]),
    fold("fold_xor", "i32", (a, b) => `${a} ^ ${b}`),
    fold("fold_and", "i32", (a, b) => `${a} & ${b}`),
    fold("fold_or", "i32", (a, b) => `${a} | ${b}`),
  ].join("\n")
}
