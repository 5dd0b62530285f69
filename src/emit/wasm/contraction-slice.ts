/** Packing operands that lie along rows or columns: each step of depth is cut into panels. */

import { type Condition, panelsOfGroup, stepsOfChunk, strideOf } from "../../schedule/index.ts"
import type { GuardedLoad } from "../contraction-side.ts"
import type { Local, Operand } from "./assembler.ts"
import {
  type Block,
  computeRun,
  type Packing,
  panelStride,
  pushAddress,
} from "./contraction-block.ts"
import { Counts } from "./contraction-counts.ts"
import { addBlock } from "./contraction-panels.ts"
import { decode, eachRun } from "./contraction-walk.ts"

/** A block of a few panels: few enough that as many streams can be written at a time. */
interface Group extends Block {
  /** How many items it has. */
  readonly items: Local
  /** How far apart its panels lie, in bytes. */
  readonly stride: Local
}

/** Memory that is contiguous along the mapped axis and evenly spaced along the depth. */
export function sliceMemory(packing: Packing, plain: GuardedLoad, block: Block): void {
  const { context, side, zeros } = packing
  const { f, scopes, values } = context
  const { add, multiply, subtract, least } = new Counts(f)
  const { width, depth, mapped } = side
  const { load, conditions } = plain
  const strides = conditions.map(({ index }) => strideOf(index, depth.run) ?? 0)
  const uniform = conditions.filter((_, i) => strides[i] === 0)
  const every = 4 * (strideOf(load.index, depth.run) ?? 0)
  const address = (): void => pushAddress(context, load)
  const [low, high, from, to] = ["low", "high", "from", "to"].map((name) => f.local("i32", name))
  eachGroup(packing, block, (group) => {
    eachRun(context, depth, group.from, group.steps, (steps) => {
      scopes.bind(depth.run, 0)
      f.set(to, add(group.to, multiply(steps.at, 4 * width)))
      eachRun(context, mapped, group.first, group.items, (items) => {
        scopes.bind(mapped.run, 0)
        const copy = (begin: Operand, end: Local, source: Operand, stride: number): void => {
          const count = begin === 0 ? end : subtract(end, begin)
          const start = begin === 0 ? to : add(to, multiply(begin, 4 * width))
          callBlock(packing, group, start, [items.at, items.length, count, source, stride])
        }
        if (conditions.length === 0) {
          copy(0, steps.length, address, every)
          return
        }
        f.set(high, steps.length)
        if (uniform.length > 0) {
          const none = (): void => {
            values.pushTests(uniform)
            f.i32.eqz()
          }
          f.if_(none, () => f.set(high, 0))
        }
        f.set(low, 0)
        for (const [i, condition] of conditions.entries()) {
          if (strides[i] > 0) narrow(packing, condition, strides[i], low, high)
        }
        // low ≤ high, also where nothing is inside.
        f.set(low, least(low, high))
        f.set(from, add(address, multiply(low, every)))
        copy(0, low, zeros, 0)
        copy(low, high, from, every)
        copy(high, steps.length, zeros, 0)
      })
    })
  })
}

/** Narrows [low, high) to the steps where a condition holds that rises by `stride` with each. */
function narrow(
  { context }: Packing,
  condition: Condition,
  stride: number,
  low: Local,
  high: Local,
): void {
  const { f } = context
  const { subtract, quotient, least, greatest } = new Counts(f)
  const first = f.local("i32", "first")
  const index = (): void => context.values.indices.push(condition.index)
  // The first step at which index ≥ bound.
  const find = (bound: number): void => {
    f.set(first, subtract(bound + stride - 1, index))
    f.set(first, quotient(greatest(first, 0), stride))
  }
  find(condition.low)
  f.set(low, greatest(low, first))
  find(condition.high)
  f.set(high, least(high, first))
}

/** Some steps at a time: their values are computed row by row, then cut into panels. */
export function sliceValues(packing: Packing, block: Block): void {
  const { context, side, values } = packing
  const { f, scopes } = context
  const { add, multiply, subtract, least } = new Counts(f)
  const { width, depth, mapped } = side
  const rowBytes = 4 * panelsOfGroup * width
  const [chunk, count, step, place, out] = ["chunk", "count", "step", "place", "out"].map((name) =>
    f.local("i32", name),
  )
  eachGroup(packing, block, (group) => {
    f.forRange(chunk, 0, group.steps, stepsOfChunk, () => {
      f.set(count, least(subtract(group.steps, chunk), stepsOfChunk))
      f.set(out, values)
      f.forRange(step, 0, count, 1, () => {
        f.set(place, add(group.from, add(chunk, step)))
        scopes.within(() => {
          decode(context, place, depth)
          scopes.bind(depth.run, 0)
          eachRun(context, mapped, group.first, group.items, (stretch) =>
            computeRun(packing, mapped, stretch, out),
          )
        })
        f.increment(out, rowBytes)
      })
      const to = add(group.to, multiply(chunk, 4 * width))
      callBlock(packing, group, to, [0, group.items, count, values, rowBytes])
    })
  })
}

/** Cuts a block into groups, and fills the last panel of each up with zeros. */
function eachGroup(packing: Packing, block: Block, body: (group: Group) => void): void {
  const { context, side, zeros } = packing
  const { f } = context
  const { width } = side
  const { add, multiply, subtract, remainder, least } = new Counts(f)
  const [first, end, to, items, stride, rest] = [
    ...["first", "end", "to"],
    ...["items", "stride", "rest"],
  ].map((name) => f.local("i32", name))
  f.set(stride, panelStride(packing, block))
  f.set(to, block.to)
  f.forRange(first, block.first, block.end, panelsOfGroup * width, () => {
    f.set(end, least(add(first, panelsOfGroup * width), block.end))
    f.set(items, subtract(end, first))
    const group = { ...block, first, end, to, items, stride }
    body(group)
    f.set(rest, remainder(items, width))
    f.if_(rest, () =>
      callBlock(packing, group, to, [items, subtract(width, rest), block.steps, zeros, 0]),
    )
    f.increment(to, multiply(stride, panelsOfGroup))
  })
}

/** Copies [position, count, steps, from, stride] into a group's panels (see {@link addBlock}). */
function callBlock(
  { context, side }: Packing,
  group: Group,
  to: Operand,
  copied: readonly [Operand, Operand, Operand, Operand, number],
): void {
  const { f, module } = context
  f.push(to, "i32")
  f.localGet(group.stride)
  for (const operand of copied) f.push(operand, "i32")
  f.call(addBlock(module, side.width))
}
