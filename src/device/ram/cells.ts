/** Scalars that know how long they took: what the counting run computes with. */

/** A scalar value with the steps that led to it. */
export interface Cell {
  readonly value: number
  /** The step at which it is there, when equations wait for their whole operands. */
  readonly step: number
  /** The longest chain of operations that led to it. */
  readonly chain: number
}

export type Combine = (a: number, b: number) => number

/** Every scalar operation that is executed passes through a ledger. */
export class Ledger {
  /** Operations in flight, by step. */
  readonly inFlight: number[] = []
  operations = 0

  /** One operation on cells: it starts when the last of them is there. */
  run(cells: readonly Cell[], value: number, earliest = 0): Cell {
    let [step, chain] = [earliest, 0]
    for (const cell of cells) {
      step = Math.max(step, cell.step)
      chain = Math.max(chain, cell.chain)
    }
    this.operations++
    while (this.inFlight.length <= step) this.inFlight.push(0)
    this.inFlight[step]++
    return { value, step: step + 1, chain: chain + 1 }
  }

  combine(a: Cell, b: Cell, combine: Combine): Cell {
    return this.run([a, b], combine(a.value, b.value))
  }

  /** Folds cells by a tree: neighbours are combined, an odd one waits. */
  tree(cells: readonly Cell[], combine: Combine): Cell | undefined {
    if (cells.length <= 1) return cells[0]
    return this.tree(this.#pairs(cells, combine, true), combine)
  }

  /** All prefixes of cells: pairs are combined, scanned, and what stands between them added. */
  prefixes(cells: readonly Cell[], combine: Combine): readonly Cell[] {
    if (cells.length <= 1) return cells
    const scanned = this.prefixes(this.#pairs(cells, combine, false), combine)
    return cells.map((cell, i) => {
      if (i === 0) return cell
      const half = Math.floor(i / 2)
      return i % 2 === 1 ? scanned[half] : this.combine(scanned[half - 1], cell, combine)
    })
  }

  /**
   * Sorts the numbers 0 … n − 1 by Batcher's merge-exchange network (Knuth, TAOCP 5.2.2, Algorithm
   * M), all comparators of a stage in one step. Returns them in order with their cells, which hold
   * no values.
   */
  network(
    cells: readonly Cell[],
    start: number,
    compare: (a: number, b: number) => number,
  ): readonly { readonly from: number; readonly cell: Cell }[] {
    const n = cells.length
    const lines = cells.map((cell, from) => ({ from, cell: { ...cell, step: start } }))
    let step = start
    let top = 1
    while (2 * top < n) top *= 2
    for (let p = top; p >= 1; p = Math.floor(p / 2)) {
      let [q, r, d] = [top, 0, p]
      for (;;) {
        let compared = false
        for (let i = 0; i < n - d; i++) {
          if ((i & p) !== r) continue
          const [a, b] = [lines[i], lines[i + d]]
          const { chain } = this.run([a.cell, b.cell], 0, step)
          const cell = { value: 0, step: step + 1, chain }
          const exchange = compare(a.from, b.from) > 0
          lines[i] = { from: exchange ? b.from : a.from, cell }
          lines[i + d] = { from: exchange ? a.from : b.from, cell }
          compared = true
        }
        if (compared) step++
        if (q === p) break
        d = q - p
        q /= 2
        r = p
      }
    }
    return lines.map(({ from, cell }) => ({ from, cell: { ...cell, step } }))
  }

  #pairs(cells: readonly Cell[], combine: Combine, keepOdd: boolean): readonly Cell[] {
    const pairs: Cell[] = []
    for (let i = 0; i + 1 < cells.length; i += 2) {
      pairs.push(this.combine(cells[i], cells[i + 1], combine))
    }
    if (keepOdd && cells.length % 2 === 1) pairs.push(cells[cells.length - 1])
    return pairs
  }
}
