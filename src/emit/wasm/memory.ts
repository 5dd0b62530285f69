/**
 * Loads and stores of scalars as vectors.
 *
 * A value is a v128: four values along the lane axis, or the same one four times. A bool is a mask:
 * all bits of a lane, or none.
 */

import { type Buffer, type Index, type Store, strideOf } from "../../schedule/index.ts"
import type { FunctionBuilder, Local } from "./assembler.ts"
import type { IndexCode, Site } from "./indices.ts"

const lanesOfVector = [0, 1, 2, 3] as const

export class MemoryCode {
  readonly #site: Site
  readonly #indices: IndexCode

  constructor(site: Site, indices: IndexCode) {
    this.#site = site
    this.#indices = indices
  }

  /** Pushes elements: those of vector `u`, where the index varies with the lane. */
  load(buffer: Buffer, index: Index, u: number): void {
    const { f, scopes, uses } = this.#site
    const lanes = scopes.lanes?.axis
    const mask = scopes.mask(u)
    const bool = buffer.dtype === "bool"
    if (lanes === undefined || !uses.axesOfIndex(index).has(lanes)) {
      const offset = this.#pushSafe(buffer, index, 0, mask && (() => this.#pushAny(mask)))
      if (!bool) f.v128.load32_splat(offset)
      else {
        f.v128.load8_splat(offset)
        f.i8x16.const(0)
        f.i8x16.ne()
      }
      return
    }
    const stride = mask === undefined ? strideOf(index, lanes) : undefined
    if (stride === 1) this.#loadNext(buffer, index, u)
    else if (stride === -1 && !bool) {
      const offset = this.#indices.pushAddress(buffer, index, 4 * u + 3)
      f.v128.load(offset, 4)
      reverse(f)
    } else if (stride === 2 && !bool) this.#loadEverySecond(buffer, index, u)
    else this.#loadLanes(buffer, index, u, mask)
  }

  /** Stores a value, which `value` pushes, where vector `u` stands. */
  store({ buffer, index }: Store, u: number, value: Local): void {
    const { f, scopes } = this.#site
    const lanes = scopes.lanes?.axis
    const bool = buffer.dtype === "bool"
    if (lanes === undefined) {
      const offset = this.#indices.pushAddress(buffer, index)
      f.localGet(value)
      this.#storeLane(bool, 0, offset)
      return
    }
    const stride = strideOf(index, lanes)
    if (stride === 1) {
      const offset = this.#indices.pushAddress(buffer, index, 4 * u)
      f.localGet(value)
      if (bool) {
        narrow(f, value)
        f.v128.store32_lane(0, offset, 1)
      } else f.v128.store(offset, 4)
    } else if (stride === -1 && !bool) {
      const offset = this.#indices.pushAddress(buffer, index, 4 * u + 3)
      f.localGet(value)
      reverse(f)
      f.v128.store(offset, 4)
    } else {
      for (const lane of lanesOfVector) {
        const offset = this.#indices.pushAddress(buffer, index, 4 * u + lane)
        f.localGet(value)
        this.#storeLane(bool, lane, offset)
      }
    }
  }

  #storeLane(bool: boolean, lane: number, offset: number): void {
    const { f } = this.#site
    if (!bool) f.v128.store32_lane(lane, offset)
    else {
      f.i32x4.extract_lane(lane)
      f.i32.const(1)
      f.i32.and()
      f.i32.store8(offset)
    }
  }

  /** Four elements side by side. */
  #loadNext(buffer: Buffer, index: Index, u: number): void {
    const { f } = this.#site
    const offset = this.#indices.pushAddress(buffer, index, 4 * u)
    if (buffer.dtype !== "bool") {
      f.v128.load(offset, 4)
      return
    }
    f.v128.load32_zero(offset, 1)
    f.i16x8.extend_low_i8x16_u()
    f.i32x4.extend_low_i16x8_u()
    maskOf(f)
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
    const { f } = this.#site
    const vector = f.local("v128")
    const bool = buffer.dtype === "bool"
    for (const lane of lanesOfVector) {
      const inside = mask && (() => this.#pushLane(mask, lane))
      const offset = this.#pushSafe(buffer, index, 4 * u + lane, inside)
      if (bool) {
        if (lane === 0) f.i32x4.const(0)
        else f.localGet(vector)
        f.v128.load8_lane(4 * lane, offset)
      } else if (lane === 0) f.v128.load32_zero(offset)
      else {
        f.localGet(vector)
        f.v128.load32_lane(lane, offset)
      }
      if (lane < 3) f.localSet(vector)
    }
    if (bool) maskOf(f)
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

/** The mask on the stack, which `mask` holds too, to four bytes 0 or 1 in the lowest lane. */
function narrow(f: FunctionBuilder, mask: Local): void {
  f.localGet(mask)
  f.i16x8.narrow_i32x4_s()
  const halves = f.local("v128")
  f.localTee(halves)
  f.localGet(halves)
  f.i8x16.narrow_i16x8_s()
  f.i8x16.const(1)
  f.v128.and()
}
