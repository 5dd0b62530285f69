/** Packing operands that lie along depth: the runs of several rows are put side by side. */

import { copyMapped, type GuardedLoad } from "../contraction-side.ts"
import type { Work } from "../passes.ts"
import type { Local } from "./assembler.ts"
import {
  type Block,
  computeRun,
  type Packing,
  panelStride,
  pushAddress,
} from "./contraction-block.ts"
import { Counts } from "./contraction-counts.ts"
import { addInterleave, runsAtOnce } from "./contraction-panels.ts"
import { decode, eachRun } from "./contraction-walk.ts"

/** One panel after another, its rows' memory as it lies, or zeros where there is none. */
export function interleaveMemory(packing: Packing, plain: GuardedLoad, block: Block): void {
  const { context, side, zeros } = packing
  const { f, scopes, loops, values } = context
  const { add, multiply, isLess } = new Counts(f)
  const { width, depth } = side
  const rows = Array.from({ length: width }, () => copyMapped(side.mapped, plain))
  const works = rows.map(workOf)
  const flat = f.local("i32", "flat")
  const to = f.local("i32", "to")
  f.set(to, block.to)
  f.forRange(flat, block.first, block.end, width, () => {
    scopes.within(() => {
      const inside = rows.map(({ mapped }, i) => {
        const row = f.local("i32", "row")
        const test = f.local("i32", "inside")
        f.set(row, add(flat, i))
        f.set(test, isLess(row, block.end))
        decode(context, row, mapped)
        scopes.bind(mapped.run, 0)
        return test
      })
      for (const work of works) loops.hoist(work)
      eachRun(context, depth, block.from, block.steps, ({ at, length }) => {
        scopes.bind(depth.run, 0)
        callInterleave(packing, add(to, multiply(at, 4 * width)), length, (i) => {
          const { load, conditions } = rows[i]
          pushAddress(context, load)
          f.localGet(zeros)
          f.localGet(inside[i])
          if (conditions.length > 0) {
            values.pushTests(conditions)
            f.i32.and()
          }
          f.select()
        })
      })
      f.increment(to, panelStride(packing, block))
    })
  })
}

/** One panel after another: each row's values are computed, then put side by side. */
export function interleaveValues(packing: Packing, block: Block): void {
  const { context, side, values, depthBlock } = packing
  const { f, scopes } = context
  const { add, multiply, isLess } = new Counts(f)
  const { width, depth, mapped } = side
  const rowBytes = 4 * depthBlock
  const [flat, to, row, last, out] = ["flat", "to", "row", "last", "out"].map((name) =>
    f.local("i32", name),
  )
  f.set(to, block.to)
  f.forRange(flat, block.first, block.end, width, () => {
    f.set(last, add(flat, width))
    f.set(out, values)
    f.forRange(row, flat, last, 1, () => {
      f.if_(
        isLess(row, block.end),
        () =>
          scopes.within(() => {
            decode(context, row, mapped)
            scopes.bind(mapped.run, 0)
            eachRun(context, depth, block.from, block.steps, (stretch) =>
              computeRun(packing, depth, stretch, out),
            )
          }),
        () => {
          f.localGet(out)
          f.i32.const(0)
          multiply(block.steps, 4)()
          f.memory.fill()
        },
      )
      f.increment(out, rowBytes)
    })
    callInterleave(packing, to, block.steps, (i) => add(values, i * rowBytes)())
    f.increment(to, panelStride(packing, block))
  })
}

/** Makes a stretch of a panel of as many runs as it is wide. */
function callInterleave(
  { context, side }: Packing,
  to: Local | (() => void),
  count: Local,
  pushRun: (i: number) => void,
): void {
  const { f, module } = context
  const { add } = new Counts(f)
  for (let first = 0; first < side.width; first += runsAtOnce) {
    const runs = Math.min(runsAtOnce, side.width - first)
    add(to, 4 * first)()
    f.localGet(count)
    for (let i = 0; i < runs; i++) pushRun(first + i)
    f.call(addInterleave(module, side.width, runs))
  }
}

/** What a load and its conditions evaluate. */
function workOf({ load, conditions }: GuardedLoad): Work {
  if (conditions.length === 0) return { scalars: [load], stores: [] }
  const { dtype } = load
  const otherwise = { kind: "constant", dtype, value: 0 } as const
  return { scalars: [{ kind: "guard", dtype, conditions, value: load, otherwise }], stores: [] }
}
