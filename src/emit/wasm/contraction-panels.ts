/** Packing memory into panels: `width` rows or columns side by side, one step of depth after another. */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { Counts } from "./contraction-counts.ts"
import { functionOnce } from "./maths-library.ts"

/** Runs that one call of {@link addInterleave}'s function packs at most: so many fit registers. */
export const runsAtOnce = 8

/**
 * The number of the module's function (to, count, from0, from1, …) of i32 byte addresses:
 * to[k·width + i] = from_i[k] for 0 ≤ k < count and 0 ≤ i < runs, all float32: runs along depth
 * become rows or columns of a panel. The width is even.
 */
export function addInterleave(module: ModuleBuilder, width: number, runs: number): number {
  const name = `interleave_${runs}of${width}`
  return functionOnce(module, name, () => {
    const params = Array.from({ length: runs + 2 }, () => "i32" as const)
    const f = module.function({ params, results: [] }, name)
    interleave(f, width, runs)
    return f.index
  })
}

function interleave(f: FunctionBuilder, width: number, runs: number): void {
  const [to, count, ...from] = f.locals.slice()
  const k = f.local("i32", "k")
  const whole = f.local("i32", "whole")
  const advance = (steps: number): void => {
    for (const address of from) f.increment(address, 4 * steps)
    f.increment(to, 4 * steps * width)
  }
  f.set(whole, () => {
    f.localGet(count)
    f.i32.const(-4)
    f.i32.and()
  })
  const vectors = from.map(() => f.local("v128"))
  const crossed = from.map(() => f.local("v128"))
  f.forRange(k, 0, whole, 4, () => {
    for (const [i, address] of from.entries()) {
      f.localGet(address)
      f.v128.load()
      f.localSet(vectors[i])
    }
    // Neighbours first: crossed[2j] holds steps 0 and 1 of runs 2j and 2j+1, crossed[2j+1] the others.
    for (let j = 0; j < runs; j += 2) {
      shuffled(f, crossed[j], vectors[j], vectors[j + 1], [0, 4, 1, 5])
      shuffled(f, crossed[j + 1], vectors[j], vectors[j + 1], [2, 6, 3, 7])
    }
    // Each step is runs/2 halves of vectors; halves that end up side by side are stored together.
    const halves: Half[] = []
    for (let step = 0; step < 4; step++) {
      for (let j = 0; j < runs; j += 2) {
        const at = 4 * (step * width + j)
        halves.push({ from: crossed[j + (step >> 1)], high: step % 2 === 1, at })
      }
    }
    storeHalves(f, to, halves)
    advance(4)
  })
  f.forRange(k, whole, count, 1, () => {
    for (const [i, address] of from.entries()) {
      f.localGet(to)
      f.localGet(address)
      f.f32.load()
      f.f32.store(4 * i)
    }
    advance(1)
  })
}

/** Half a vector and the byte offset where it goes. */
interface Half {
  readonly from: Local
  readonly high: boolean
  readonly at: number
}

function storeHalves(f: FunctionBuilder, to: Local, halves: readonly Half[]): void {
  for (let i = 0; i < halves.length; i++) {
    const [half, next] = [halves[i], halves[i + 1]]
    f.localGet(to)
    f.localGet(half.from)
    if (next?.at === half.at + 8) {
      const [a, b] = [half.high ? 2 : 0, next.high ? 6 : 4]
      f.localGet(next.from)
      f.f32x4.shuffle(a, a + 1, b, b + 1)
      f.v128.store(half.at)
      i++
    } else f.v128.store64_lane(half.high ? 1 : 0, half.at)
  }
}

function shuffled(
  f: FunctionBuilder,
  to: Local,
  a: Local,
  b: Local,
  lanes: readonly [number, number, number, number],
): void {
  f.localGet(a)
  f.localGet(b)
  f.f32x4.shuffle(...lanes)
  f.localSet(to)
}

/** Whole panels that are filled together, the most first. */
const panelsAtOnce = [8, 4, 2, 1] as const

/**
 * The number of the module's function (to, panelBytes, position, count, steps, from, stride) of
 * i32: to[k, position + i] = from[k·stride + i] for 0 ≤ k < steps and 0 ≤ i < count, all float32.
 * `to` is a row of panels of `width`, panelBytes apart; addresses and stride are in bytes. A stride
 * of 0 repeats one step: zeros, where `from` holds them.
 */
export function addBlock(module: ModuleBuilder, width: number): number {
  const name = `block_${width}`
  return functionOnce(module, name, () => {
    const parts = Array.from({ length: width - 1 }, (_, n) => addSlice(module, width, n + 1, 1))
    const wholes = panelsAtOnce.map((panels) => addSlice(module, width, width, panels))
    const params = Array.from({ length: 7 }, () => "i32" as const)
    const f = module.function({ params, results: [] }, name)
    const [to, panelBytes, position, count, steps, from, stride] = f.locals
    const { add, subtract, multiply, quotient, remainder, least, isLess } = new Counts(f)
    const lane = f.local("i32", "lane")
    const taken = f.local("i32", "taken")
    const address = f.local("i32", "address")
    const call = (slice: number, panels: number): void => {
      for (let p = 0; p < panels; p++) add(address, multiply(panelBytes, p))()
      for (const operand of [steps, from, stride]) f.localGet(operand)
      f.call(slice)
    }
    /** From a panel's start: as many whole panels as there are at once. */
    const takeWhole = (i: number): void => {
      const panels = panelsAtOnce[i]
      const take = (): void => {
        f.set(taken, panels * width)
        call(wholes[i], panels)
      }
      if (panels === 1) take()
      else f.if_(isLess(count, panels * width), () => takeWhole(i + 1), take)
    }
    /** Within a panel: up to its end, or to the last item. */
    const takePart = (): void => {
      f.set(taken, least(subtract(width, lane), count))
      for (const [n, slice] of parts.entries()) {
        f.if_(
          () => {
            f.localGet(taken)
            f.i32.const(n + 1)
            f.i32.eq()
          },
          () => call(slice, 1),
        )
      }
    }
    f.while_(isLess(0, count), () => {
      f.set(lane, remainder(position, width))
      f.set(
        address,
        add(add(to, multiply(quotient(position, width), panelBytes)), multiply(lane, 4)),
      )
      const isPart = (): void => {
        f.localGet(lane)
        isLess(count, width)()
        f.i32.or()
      }
      f.if_(isPart, takePart, () => takeWhole(0))
      f.increment(position, taken)
      f.set(count, subtract(count, taken))
      f.set(from, add(from, multiply(taken, 4)))
    })
    return f.index
  })
}

/**
 * The number of the module's function (to_0 … to_{panels−1}, steps, from, stride) of i32, in bytes:
 * to_p[k·width + i] = from[k·stride + p·count + i] for 0 ≤ k < steps and 0 ≤ i < count. Several
 * panels at a time use whole cache lines of each step.
 */
function addSlice(module: ModuleBuilder, width: number, count: number, panels: number): number {
  const name = `slice_${panels}x${count}of${width}`
  return functionOnce(module, name, () => {
    const params = Array.from({ length: panels + 3 }, () => "i32" as const)
    const f = module.function({ params, results: [] }, name)
    const to = f.locals.slice(0, panels)
    const [steps, from, stride] = f.locals.slice(panels)
    const k = f.local("i32", "k")
    f.forRange(k, 0, steps, 1, () => {
      for (const [p, panel] of to.entries()) {
        copyFloats(f, panel, from, count, 4 * p * count)
        f.increment(panel, 4 * width)
      }
      f.increment(from, stride)
    })
    return f.index
  })
}

/** to[i] = from[offset + i] for `count` floats, as few instructions as there can be. */
function copyFloats(
  f: FunctionBuilder,
  to: Local,
  from: Local,
  count: number,
  offset: number,
): void {
  let at = 0
  for (; at + 4 <= count; at += 4) {
    f.localGet(to)
    f.localGet(from)
    f.v128.load(offset + 4 * at)
    f.v128.store(4 * at)
  }
  if (at + 2 <= count) {
    f.localGet(to)
    f.localGet(from)
    f.i64.load(offset + 4 * at)
    f.i64.store(4 * at)
    at += 2
  }
  if (at < count) {
    f.localGet(to)
    f.localGet(from)
    f.f32.load(offset + 4 * at)
    f.f32.store(4 * at)
  }
}
