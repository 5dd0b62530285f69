/** The register tile of a contraction: rows × columns sums held in registers over a stretch of depth. */

import type { FunctionBuilder, Local, ModuleBuilder } from "./assembler.ts"
import { functionOnce } from "./maths-library.ts"

/** Steps of depth written out in the loop's body. */
const unroll = 4

/**
 * The number of the module's function (lhs, rhs, depth, sums, keep) of i32:
 * sums[row, column] = (keep ? sums[row, column] : 0) + Σ over depth of lhs[k, row]·rhs[k, column].
 * All are byte addresses of packed, row-major float32. A function of its own, so that the engine's
 * optimising compiler takes it up after a few calls, whatever calls it.
 */
export function addTile(
  module: ModuleBuilder,
  rows: number,
  columns: number,
  relaxed: boolean,
): number {
  const name = `tile_${rows}x${columns}${relaxed ? "_relaxed" : ""}`
  return functionOnce(module, name, () => {
    const type = { params: ["i32", "i32", "i32", "i32", "i32"], results: [] } as const
    const f = module.function(type, name)
    new Tile(f, rows, columns, relaxed).emit()
    return f.index
  })
}

class Tile {
  readonly #f: FunctionBuilder
  readonly #rows: number
  readonly #vectors: number
  readonly #relaxed: boolean
  /** One vector of sums per row and four columns. */
  readonly #sums: readonly (readonly Local[])[]
  readonly #left: readonly Local[]
  readonly #right: readonly Local[]

  constructor(f: FunctionBuilder, rows: number, columns: number, relaxed: boolean) {
    this.#f = f
    this.#rows = rows
    this.#vectors = columns / 4
    this.#relaxed = relaxed
    const vectors = (count: number): Local[] => Array.from({ length: count }, () => f.local("v128"))
    this.#sums = Array.from({ length: rows }, () => vectors(this.#vectors))
    // The side with fewer vectors stays in registers while the other's are taken one by one.
    this.#left = vectors(this.#keepsRight ? 1 : rows)
    this.#right = vectors(this.#keepsRight ? this.#vectors : 1)
  }

  get #keepsRight(): boolean {
    return this.#vectors <= this.#rows
  }

  emit(): void {
    const f = this.#f
    const [lhs, rhs, depth, sums, keep] = f.locals
    f.if_(keep, () => this.#eachSum((sum, offset) => f.set(sum, () => this.#load(sums, offset))))
    const whole = f.local("i32", "whole")
    f.set(whole, () => {
      f.localGet(depth)
      f.i32.const(-unroll)
      f.i32.and()
    })
    const k = f.local("i32", "k")
    f.forRange(k, 0, whole, unroll, () => this.#steps(lhs, rhs, unroll))
    f.forRange(k, whole, depth, 1, () => this.#steps(lhs, rhs, 1))
    this.#eachSum((sum, offset) => {
      f.localGet(sums)
      f.localGet(sum)
      f.v128.store(offset)
    })
  }

  #eachSum(visit: (sum: Local, offset: number) => void): void {
    for (const [row, vectors] of this.#sums.entries()) {
      for (const [v, sum] of vectors.entries()) visit(sum, 16 * (row * this.#vectors + v))
    }
  }

  #load(address: Local, offset: number): void {
    this.#f.localGet(address)
    this.#f.v128.load(offset)
  }

  #steps(lhs: Local, rhs: Local, count: number): void {
    const f = this.#f
    for (let k = 0; k < count; k++) {
      const right = (v: number) => () => this.#load(rhs, 16 * (k * this.#vectors + v))
      const left = (row: number) => () => {
        f.localGet(lhs)
        f.v128.load32_splat(4 * (k * this.#rows + row))
      }
      if (this.#keepsRight) {
        for (const [v, local] of this.#right.entries()) f.set(local, right(v))
        for (const [row, sums] of this.#sums.entries()) {
          f.set(this.#left[0], left(row))
          for (const [v, sum] of sums.entries()) this.#add(sum, this.#left[0], this.#right[v])
        }
      } else {
        for (const [row, local] of this.#left.entries()) f.set(local, left(row))
        for (let v = 0; v < this.#vectors; v++) {
          f.set(this.#right[0], right(v))
          for (const [row, local] of this.#left.entries()) {
            this.#add(this.#sums[row][v], local, this.#right[0])
          }
        }
      }
    }
    f.increment(lhs, 4 * count * this.#rows)
    f.increment(rhs, 16 * count * this.#vectors)
  }

  /** sum += a·b, rounded once where the engine fuses. */
  #add(sum: Local, a: Local, b: Local): void {
    const f = this.#f
    if (!this.#relaxed) f.localGet(sum)
    f.localGet(a)
    f.localGet(b)
    if (this.#relaxed) {
      f.localGet(sum)
      f.f32x4.relaxed_madd()
    } else {
      f.f32x4.mul()
      f.f32x4.add()
    }
    f.localSet(sum)
  }
}
