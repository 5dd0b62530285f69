/**
 * Values that a kernel keeps only from one pass over its rows to a later one, and that lie where the
 * later pass puts its result: a softmax writes its powers into the result and divides them there.
 */

import type { Buffer } from "./expression.ts"
import { indexKey } from "./index-function.ts"
import { type Accumulator, type Kernel, type LoopKernel, storesOf } from "./kernel.ts"
import { passOf } from "./lower/read-back.ts"
import { loadsOf, scalarsOf, visitScalars } from "./rewrite.ts"

/** Per such buffer, the one whose memory it takes. */
export function sharedRows(
  kernels: Iterable<Kernel>,
  mayShare: (kept: Buffer, result: Buffer, kernel: Kernel) => boolean,
): ReadonlyMap<Buffer, Buffer> {
  const shared = new Map<Buffer, Buffer>()
  for (const kernel of kernels) {
    if (kernel.kind !== "loop" || kernel.stores.length < 2) continue
    const taken = new Set<Buffer>()
    for (const kept of loadsOf(kernel)) {
      const result = storesOf(kernel).includes(kept) ? resultFor(kernel, kept) : undefined
      if (result === undefined || taken.has(result) || !mayShare(kept, result, kernel)) continue
      shared.set(kept, result)
      taken.add(result)
    }
  }
  return shared
}

/** The buffer that takes an element's place when all that the kernel wants of it has been read. */
function resultFor({ stores, accumulators, ...kernel }: LoopKernel, kept: Buffer) {
  const [own, ...others] = stores.filter(({ buffer }) => buffer === kept)
  if (own === undefined || others.length > 0) return undefined
  const place = indexKey(own.index)
  let inPlace = true
  visitScalars(scalarsOf({ ...kernel, stores, accumulators }), (scalar) => {
    if (scalar.kind === "load" && scalar.buffer === kept)
      inPlace &&= indexKey(scalar.index) === place
  })
  if (!inPlace) return undefined
  const reads = (of: Partial<Pick<LoopKernel, "stores" | "accumulators">>): boolean =>
    loadsOf({ ...kernel, stores: [], accumulators: [], ...of }).has(kept)
  const last = stores.findLast((store) => store !== own)
  if (last === undefined || !reads({ stores: [last] }) || last.buffer.dtype !== kept.dtype)
    return undefined
  const pass = passOf(last.value, accumulators)
  const earlier = (value: Accumulator["value"]): boolean => passOf(value, accumulators) < pass
  const fits =
    earlier(own.value) &&
    indexKey(last.index) === place &&
    stores.filter(({ buffer }) => buffer === last.buffer).length === 1 &&
    accumulators.every((each) => earlier(each.value) || !reads({ accumulators: [each] })) &&
    stores.every((store) => store === last || store === own || !reads({ stores: [store] }))
  return fits ? last.buffer : undefined
}
