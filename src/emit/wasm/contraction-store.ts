/** The epilogue of a contraction: what is done with the sums of one register tile. */

import type { Store, Tile } from "../../schedule/index.ts"
import type { Flat } from "../flatten.ts"
import type { Work } from "../passes.ts"
import type { Local } from "./assembler.ts"
import type { KernelContext } from "./context.ts"
import { Counts } from "./contraction-counts.ts"
import { decode } from "./contraction-walk.ts"

/** The part of a block that a tile covers: [row, rowEnd) by [column, columnEnd), perhaps less. */
export interface Place {
  readonly row: Local
  readonly rowEnd: Local
  readonly column: Local
  readonly columnEnd: Local
  /** Address of the tile's sums, row-major. */
  readonly sums: Local
}

export class StoreCode {
  readonly #context: KernelContext
  readonly #stores: readonly Store[]
  readonly #rows: Flat
  readonly #columns: Flat
  readonly #tile: Tile
  readonly #work: Work

  constructor(
    context: KernelContext,
    stores: readonly Store[],
    rows: Flat,
    columns: Flat,
    tile: Tile,
  ) {
    this.#context = context
    this.#stores = stores
    this.#rows = rows
    this.#columns = columns
    this.#tile = tile
    this.#work = { scalars: stores.map((store) => store.value), stores }
  }

  /** Stores a tile, in vectors along the columns where it is whole. */
  emit(place: Place): void {
    const { f } = this.#context
    const { outer, extent } = this.#columns
    const { columns } = this.#tile
    const runs = outer.length === 0 || extent % columns === 0
    if (!runs) this.#storeSingly(place)
    else if (extent % columns === 0) this.#storeVectors(place)
    else {
      const { add, isLess } = new Counts(f)
      f.if_(
        isLess(place.columnEnd, add(place.column, columns)),
        () => this.#storeSingly(place),
        () => this.#storeVectors(place),
      )
    }
  }

  #storeVectors(place: Place): void {
    const { scopes, loops } = this.#context
    const { columns } = this.#tile
    scopes.within(() => {
      decode(this.#context, place.column, this.#columns)
      scopes.bind(this.#columns.run, 0)
      scopes.lanes = { axis: this.#columns.run, vectors: columns / 4 }
      loops.hoist(this.#work)
      this.#eachRow(place, (sums) => this.#store(sums))
    })
  }

  #storeSingly(place: Place): void {
    const { f, scopes, loops } = this.#context
    const column = f.local("i32", "column")
    const last = f.local("i32", "last")
    const address = f.local("i32", "address")
    const { add, least } = new Counts(f)
    f.set(last, least(add(place.column, this.#tile.columns), place.columnEnd))
    f.set(address, place.sums)
    f.forRange(column, place.column, last, 1, () => {
      scopes.within(() => {
        decode(this.#context, column, this.#columns)
        scopes.bind(this.#columns.run, 0)
        scopes.lanes = undefined
        loops.hoist(this.#work)
        this.#eachRow({ ...place, sums: address }, (sums) => this.#store(sums))
      })
      f.increment(address, 4)
    })
  }

  /** The rows of the tile that are in the block, each in a scope where its axes stand. */
  #eachRow(place: Place, body: (sums: Local) => void): void {
    const { f, scopes, loops } = this.#context
    const { rows, columns } = this.#tile
    const last = f.local("i32", "last")
    const sums = f.local("i32", "sums")
    const { add, least } = new Counts(f)
    f.set(last, least(add(place.row, rows), place.rowEnd))
    f.set(sums, place.sums)
    const turn = (): void => {
      scopes.bind(this.#rows.run, 0)
      body(sums)
      f.increment(sums, 4 * columns)
    }
    if (this.#rows.outer.length === 0) {
      loops.steps(this.#rows.start, last, this.#work, turn, place.row)
      return
    }
    const row = f.local("i32", "row")
    f.forRange(row, place.row, last, 1, () => {
      scopes.within(() => {
        decode(this.#context, row, this.#rows)
        turn()
      })
    })
  }

  /** All values are computed before any is stored: a store may overwrite what others read. */
  #store(sums: Local): void {
    const { f, scopes, values } = this.#context
    scopes.setTotal(0, (u) => {
      f.localGet(sums)
      if (scopes.lanes === undefined) f.v128.load32_splat()
      else f.v128.load(16 * u)
    })
    for (let u = 0; u < (scopes.lanes?.vectors ?? 1); u++) {
      const kept = this.#stores.map(({ value }) => values.keep(value, u))
      for (const [i, store] of this.#stores.entries()) values.memory.store(store, u, kept[i])
    }
  }
}
