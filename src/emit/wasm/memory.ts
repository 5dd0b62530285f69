/**
 * Loads and stores of scalars as vectors.
 *
 * A value is a v128: as many values along the lane axis as the kernel's width says, or the same one
 * as often. A bool is a mask: all bits of a lane, or none. Where a kernel holds float64 its width is
 * two, and values of other dtypes stand in the lower two of four lanes.
 */

import { type Buffer, type Index, type Store, strideOf } from "../../schedule/index.ts"
import { type DType, dtypes, isStorage } from "../../size/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import { loadLane, loadNext, loadSplat, storeLane, storeNext } from "./elements.ts"
import type { IndexCode, Site } from "./indices.ts"
import { decode, encode, extend } from "./narrow.ts"

export class MemoryCode {
  readonly #site: Site
  readonly #indices: IndexCode

  constructor(site: Site, indices: IndexCode) {
    this.#site = site
    this.#indices = indices
  }

  /** Pushes elements: those of vector `u`, where the index varies with the lane. */
  load(buffer: Buffer, index: Index, u: number): void {
    const { f, scopes, uses, width } = this.#site
    const { dtype } = buffer
    const lanes = scopes.lanes?.axis
    const mask = scopes.mask(u)
    if (lanes === undefined || !uses.axesOfIndex(index).has(lanes)) {
      const offset = this.#pushSafe(buffer, index, 0, mask && (() => this.#pushAny(mask)))
      loadSplat(f, dtype, offset)
      this.#fromRaw(dtype)
      return
    }
    const stride = mask === undefined ? strideOf(index, lanes) : undefined
    const whole = dtypes[dtype].bytes === 4 && width === 4
    if (stride === 1) {
      const offset = this.#indices.pushAddress(buffer, index, width * u)
      loadNext(f, dtype, width, offset)
      this.#fromRaw(dtype)
    } else if (stride === -1 && whole) {
      const offset = this.#indices.pushAddress(buffer, index, 4 * u + 3)
      f.v128.load(offset, 4)
      reverse(f)
    } else if (stride === 2 && whole) this.#loadEverySecond(buffer, index, u)
    else this.#loadLanes(buffer, index, u, mask)
  }

  /** Stores a value, which `value` holds, where vector `u` stands. */
  store({ buffer, index }: Store, u: number, value: Local): void {
    const { f, scopes, width } = this.#site
    const { dtype } = buffer
    const lanes = scopes.lanes?.axis
    const raw = this.#toRaw(dtype, value)
    if (lanes === undefined) {
      const offset = this.#indices.pushAddress(buffer, index)
      f.localGet(raw)
      storeLane(f, dtype, 0, offset)
      return
    }
    const stride = strideOf(index, lanes)
    if (stride === 1) {
      const offset = this.#indices.pushAddress(buffer, index, width * u)
      storeNext(f, dtype, width, raw, offset)
    } else if (stride === -1 && dtypes[dtype].bytes === 4 && width === 4) {
      const offset = this.#indices.pushAddress(buffer, index, 4 * u + 3)
      f.localGet(raw)
      reverse(f)
      f.v128.store(offset, 4)
    } else {
      for (let lane = 0; lane < width; lane++) {
        const offset = this.#indices.pushAddress(buffer, index, width * u + lane)
        f.localGet(raw)
        storeLane(f, dtype, lane, offset)
      }
    }
  }

  /** Raw lanes on the stack to values. */
  #fromRaw(dtype: DType): void {
    if (dtype === "bool") maskOf(this.#site.f)
    else decode(this.#site, dtype)
  }

  /** The local that holds a value's raw lanes. */
  #toRaw(dtype: DType, value: Local): Local {
    const { f } = this.#site
    if (dtype !== "bool" && !isStorage(dtype)) return value
    const raw = f.local("v128")
    f.localGet(value)
    if (dtype === "bool") {
      f.i32x4.const(1)
      f.v128.and()
    } else encode(this.#site, dtype)
    f.localSet(raw)
    return raw
  }

  /** Elements 0 to 3 and 3 to 6: the last four of eight could lie behind the memory's end. */
  #loadEverySecond(buffer: Buffer, index: Index, u: number): void {
    const { f } = this.#site
    const offset = this.#indices.pushAddress(buffer, index, 4 * u)
    const address = f.local("i32")
    f.localTee(address)
    f.v128.load(offset, 4)
    f.localGet(address)
    f.v128.load(offset + 12, 4)
    f.i32x4.shuffle(0, 2, 5, 7)
  }

  #loadLanes(buffer: Buffer, index: Index, u: number, mask: Local | undefined): void {
    const { f, width } = this.#site
    const { dtype } = buffer
    const { bytes, kind } = dtypes[dtype]
    const vector = f.local("v128")
    for (let lane = 0; lane < width; lane++) {
      const inside = mask && (() => this.#pushLane(mask, lane))
      const offset = this.#pushSafe(buffer, index, width * u + lane, inside)
      if (lane === 0 && bytes >= 4) {
        if (bytes === 8) f.v128.load64_zero(offset)
        else f.v128.load32_zero(offset)
      } else {
        if (lane === 0) f.i32x4.const(0)
        else f.localGet(vector)
        loadLane(f, dtype, lane, offset)
      }
      if (lane < width - 1) f.localSet(vector)
    }
    if (bytes < 4 && kind === "signed") extend(this.#site, dtype)
    this.#fromRaw(dtype)
  }

  /** Pushes an element's address, or its buffer's own where `inside` pushes 0. */
  #pushSafe(buffer: Buffer, index: Index, lane: number, inside: (() => void) | undefined): number {
    const { f, base } = this.#site
    const rest = this.#indices.pushAddress(buffer, index, lane)
    if (inside === undefined) return rest
    const start = base(buffer)
    if (rest !== start.offset) {
      f.i32.const((rest - start.offset) | 0)
      f.i32.add()
    }
    f.localGet(start.local)
    inside()
    f.select()
    return start.offset
  }

  #pushAny(mask: Local): void {
    this.#site.f.localGet(mask)
    this.#site.f.v128.any_true()
  }

  #pushLane(mask: Local, lane: number): void {
    this.#site.f.localGet(mask)
    this.#site.f.i32x4.extract_lane(lane)
  }
}

/** Integers on the stack to masks: all bits of a lane where it is not 0. */
export function maskOf(f: FunctionBuilder): void {
  f.i32x4.const(0)
  f.i32x4.ne()
}

function reverse(f: FunctionBuilder): void {
  const turned = f.local("v128")
  f.localTee(turned)
  f.localGet(turned)
  f.i32x4.shuffle(3, 2, 1, 0)
}
