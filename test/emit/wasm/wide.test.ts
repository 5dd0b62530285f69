import { describe, expect, test } from "vitest"
import { hostMaths } from "../../../src/device/cpu/host-maths.ts"
import { schedule } from "../../../src/schedule/index.ts"
import { Chance } from "../../graph/chance.ts"
import { exact, wideUlps } from "../exact.ts"
import { graphOf, runProgram } from "./running.ts"

type Name = keyof typeof exact

/** The ends of the magnitudes whose logarithms are spread evenly, and whether signs differ. */
const ranges: { readonly [N in Name]: readonly [number, number, "signed" | "positive"] } = {
  exp: [1e-10, 708, "signed"],
  expm1: [1e-10, 700, "signed"],
  log: [1e-300, 1e300, "positive"],
  log1p: [1e-12, 0.99, "signed"],
  sin: [1e-9, 2 ** 19, "signed"],
  cos: [1e-9, 2 ** 19, "signed"],
  asin: [1e-9, 1, "signed"],
  acos: [1e-9, 1, "signed"],
  atan: [1e-9, 1e9, "signed"],
  sinh: [1e-9, 700, "signed"],
  cosh: [1e-9, 700, "signed"],
  tanh: [1e-9, 25, "signed"],
  logistic: [1e-9, 700, "signed"],
  power: [1e-3, 1e3, "positive"],
  atan2: [1e-5, 1e5, "signed"],
}

const names = Object.keys(exact) as Name[]
const isBinary = (name: Name): name is "power" | "atan2" => name === "power" || name === "atan2"

function operandsOf(name: Name, count: number): [Float64Array, Float64Array] {
  const [from, to, signs] = ranges[name]
  const chance = new Chance(7)
  const random = (): number => chance.next()
  const one = (): number => {
    // Half of them over all magnitudes, half near the greatest, or near 1.
    const at = random()
    const even = from ** (1 - at) * to ** at
    const near = random() < 0.5 ? even : Math.min(to, 8) * random()
    return signs === "signed" && random() < 0.5 ? -near : near
  }
  const first = Float64Array.from({ length: count }, one)
  const second = Float64Array.from({ length: count }, (_, i) =>
    name === "power" ? ((random() - 0.5) * 1400) / Math.log(first[i]!) : one(),
  )
  return [first, second]
}

/** The function of float64 on `cpu`, or of two arrays. */
function computed(
  name: Name,
  [a, b]: readonly [Float64Array, Float64Array],
  relaxed: boolean,
): Float64Array {
  const given = [a, b].map((data) => ({ data, shape: [data.length], dtype: "float64" }) as const)
  const inputs = isBinary(name) ? given : given.slice(0, 1)
  const graph = graphOf(inputs, (builder, x, y) =>
    isBinary(name) ? builder.emit(name, [x, y!], {}) : builder.emit(name, [x], {}),
  )
  const [result] = runProgram(
    schedule(graph),
    inputs.map(({ data }) => data),
    relaxed,
  )
  return Float64Array.from(result!)
}

describe.each([false, true])("float64, with relaxed vectors %s", (relaxed) => {
  test.each(names)("%s is within 2 ulp of the exact value", (name) => {
    const count = 600
    const [a, b] = operandsOf(name, count)
    const found = computed(name, [a, b], relaxed)
    const worst = { ulps: 0, a: 0, b: 0, found: 0 }
    for (let i = 0; i < count; i++) {
      const reference = isBinary(name) ? exact[name](a[i]!, b[i]!) : exact[name](a[i]!)
      const ulps = wideUlps(found[i]!, reference)
      if (ulps > worst.ulps) Object.assign(worst, { ulps, a: a[i], b: b[i], found: found[i] })
    }
    expect(worst.ulps, JSON.stringify(worst)).toBeLessThanOrEqual(2)
  })
})

const edges = [
  0,
  1e-320,
  2 ** -1022,
  1e-200,
  2 ** -54,
  0.5,
  1,
  1.5,
  2,
  3,
  22,
  60,
  707,
  708,
  709.7,
].concat([709.8, 746, 2 ** 19, 2 ** 30, 1e17, 1e200, 1.7e308, Infinity, NaN])

test("functions of float64 have the host's values at the edges, beside any other number", () => {
  const all = edges.flatMap((x) => [x, -x])
  for (const name of names) {
    const pairs = isBinary(name)
      ? all.flatMap((x) => all.map((y) => [x, y] as const))
      : all.flatMap((x) => [[x, 0] as const, [0.25, 0] as const])
    const a = Float64Array.from(pairs, ([x]) => x)
    const b = Float64Array.from(pairs, ([, y]) => y)
    const found = computed(name, [a, b], true)
    const wrong = pairs.flatMap(([x, y], i) => {
      const wanted = isBinary(name) ? hostMaths[name](x, y) : hostMaths[name](x)
      const allowed = 2 ** -50 * Math.abs(wanted)
      const isRight = Object.is(found[i], wanted) || Math.abs(found[i]! - wanted) <= allowed
      return isRight && (wanted !== 0 || Object.is(found[i], wanted))
        ? []
        : [[name, x, y, found[i], wanted]]
    })
    expect(wrong).toEqual([])
    if (isBinary(name)) continue
    const alone = computed(name, [a.filter((_, i) => i % 2 === 1), b], true)
    expect(new Set(found.filter((_, i) => i % 2 === 1))).toEqual(new Set(alone))
  }
})
