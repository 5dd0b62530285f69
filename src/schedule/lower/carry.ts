/**
 * How the steps of a loop hand values to the next: in place where each element is read before it is
 * overwritten, else through a copy at the end. Buffers that share memory are aliases of one.
 */

import { representative, writesInPlace } from "../arena.ts"
import { Axis, iterations } from "../axis.ts"
import { Buffer } from "../expression.ts"
import { axisIndex, flattenIndex, indexKey } from "../index-function.ts"
import { axesOf, type LoopKernel, type Store } from "../kernel.ts"
import { loadsOf } from "../rewrite.ts"
import { isControlStep, readsOf, type Step, writesOf } from "../step.ts"

/** A carry, and where a step stores what it becomes. */
export interface Handed {
  readonly carry: Buffer
  readonly next: Buffer
}

/** The steps with what it takes for the next ones to find the carries renewed. */
export function handOver(
  steps: readonly Step[],
  carries: readonly Handed[],
  aliases: Map<Buffer, Buffer>,
): readonly Step[] {
  let all = steps
  const copies: Step[] = []
  for (const { carry, next } of carries) {
    const updated = updateInPlace(all, carry, next, aliases)
    if (updated !== undefined) {
      all = updated.steps
      aliases.set(updated.whole, carry)
    } else if (mayOverwrite(all, carry, next)) aliases.set(next, carry)
    else copies.push(copyBuffer(next, carry))
  }
  return [...all, ...copies]
}

/** Whether `next` may lie where the carry does: nothing reads the carry after `next` is written. */
function mayOverwrite(steps: readonly Step[], carry: Buffer, next: Buffer): boolean {
  const at = steps.findIndex((step) => writesOf(step).includes(next))
  const writer = steps[at]
  if (writer === undefined || isControlStep(writer)) return false
  if (steps.slice(at + 1).some((step) => readsOf(step).has(carry))) return false
  return !loadsOf(writer).has(carry) || writesInPlace(writer, carry, next)
}

/**
 * A carry that is copied whole, changed in some places and copied back is changed where it lies:
 *
 *     whole = carry; whole[places] = …; next = whole   →   carry[places] = …
 */
function updateInPlace(
  steps: readonly Step[],
  carry: Buffer,
  next: Buffer,
  aliases: ReadonlyMap<Buffer, Buffer>,
): { readonly steps: readonly Step[]; readonly whole: Buffer } | undefined {
  const last = steps.findIndex((step) => writesOf(step).includes(next))
  const writer = steps[last]
  if (writer === undefined || writer.kind !== "loop") return undefined
  const back = writer.stores.find((store) => store.buffer === next)
  const whole = back && copied(back)
  if (back === undefined || whole === undefined || whole === carry) return undefined
  const first = steps.findIndex((step) => writesOf(step).includes(whole))
  const copy = steps[first]
  if (copy === undefined || !isWholeCopy(copy, carry, whole)) return undefined
  // Who still reads the carry must do so before the first change, or element by element with it.
  const changes = (step: Step): boolean =>
    writesOf(step).some((buffer) => representative(buffer, aliases) === whole)
  const change = steps.findIndex((step, i) => i > first && changes(step))
  const readers = steps.flatMap((step, i) => (i > first && readsOf(step).has(carry) ? [i] : []))
  if (change >= 0 && readers.some((i) => i > change)) return undefined
  const changing = readers.includes(change) ? changeAfter(steps[change], carry, whole) : []
  if (changing === undefined) return undefined
  const rest = steps.flatMap((step, i): readonly Step[] => {
    if (i === first) return []
    if (i === change && changing.length > 0) return changing
    if (i !== last) return [step]
    const stores = writer.stores.filter((store) => store !== back)
    return stores.length === 0 ? [] : [{ ...writer, stores }]
  })
  return { steps: rest, whole }
}

/**
 * A step that reads a buffer and changes it where it lies: itself, where each element is read before
 * it is overwritten; else what it writes is computed first and then put in its places, where that
 * is less than half of the buffer.
 */
function changeAfter(step: Step, carry: Buffer, whole: Buffer): readonly Step[] | undefined {
  if (step.kind !== "loop" && step.kind !== "scatter") return undefined
  const axes = axesOf(step)
  const count = iterations(axes)
  if (count === 1 || writesInPlace(step, carry, whole)) return [step]
  if (step.kind === "loop" && (step.reduced.length > 0 || step.stores.length !== 1))
    return undefined
  if (2 * count > whole.elements) return undefined
  const { value } = step.kind === "loop" ? step.stores[0] : step
  const computed = new Buffer(value.dtype, count, "change")
  const index = flattenIndex(
    axes.map(axisIndex),
    axes.map((axis) => axis.extent),
  )
  const load = { kind: "load", dtype: value.dtype, buffer: computed, index } as const
  const stores = [{ buffer: computed, index, value }]
  const put =
    step.kind === "loop"
      ? { ...step, stores: [{ ...step.stores[0], value: load }] }
      : { ...step, value: load }
  if (loadsOf(put).has(carry)) return undefined
  return [{ kind: "loop", axes, reduced: [], accumulators: [], stores }, put]
}

/** The buffer of which a store copies the element at the same place. */
function copied({ value, index }: Store): Buffer | undefined {
  if (value.kind !== "load" || indexKey(value.index) !== indexKey(index)) return undefined
  return value.buffer
}

function isWholeCopy(step: Step, from: Buffer, to: Buffer): boolean {
  if (step.kind !== "loop" || step.reduced.length > 0 || step.stores.length !== 1) return false
  const [store] = step.stores
  return store.buffer === to && copied(store) === from && iterations(step.axes) === to.elements
}

/** A kernel that copies one buffer to another. */
function copyBuffer(from: Buffer, to: Buffer): LoopKernel {
  const axis = new Axis("i", from.elements, "steps")
  const index = flattenIndex([axisIndex(axis)], [from.elements])
  const value = { kind: "load", dtype: from.dtype, buffer: from, index } as const
  return {
    kind: "loop",
    axes: [axis],
    reduced: [],
    accumulators: [],
    stores: [{ buffer: to, index, value }],
  }
}
