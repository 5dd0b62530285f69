/**
 * Attention in blocks: regions of scores become loops over pairs of batch and rows, in which some
 * rows' scores are made, used and forgotten. Memory is that of queries, keys and values, not that of
 * all scores; what a gradient needs of the scores is computed again, unless they are few. After
 * FlashAttention (Dao et al. 2022), but with whole rows of scores at hand, so that no sums need
 * rescaling.
 */

import {
  type Equation,
  type Graph,
  GraphBuilder,
  isControl,
  isEquation,
  makersOf,
  mapControl,
  operations as op,
  type Variable,
} from "../graph/index.ts"
import { concreteShape } from "../size/index.ts"
import { type Band, bandsOf, type Cut, type Cutter } from "./bands.ts"
import { type CutRegion, keepShared } from "./kept-scores.ts"
import { findRegions, type Region, type SumOfScores } from "./scores.ts"

/** The graph with its regions of scores as loops over blocks of them. */
export function inBlocks(graph: Graph, cutter: Cutter): Graph {
  const makers = makersOf(graph)
  const cut = findRegions(graph, cutter.fewestScores).flatMap((region) => {
    const bands = bandsOf(region, makers, cutter)
    return bands === undefined ? [] : [{ region, bands }]
  })
  const regions = cutter.keepsScores ? keepShared(cut) : cut
  const inner = graph.equations.some(({ primitive }) => isControl(primitive))
  if (regions.length === 0 && !inner) return graph
  return new Rewriter(graph, makers, regions, cutter).rewrite()
}

class Rewriter {
  readonly #graph: Graph
  readonly #b = new GraphBuilder()
  readonly #here = new Map<Variable, Variable>()
  readonly #makers: ReadonlyMap<Variable, Equation>
  readonly #regionOf = new Map<Equation, CutRegion>()
  readonly #inside = new Set<Equation>()
  /** The regions that make what other regions read. */
  readonly #keeper = new Map<Variable, CutRegion>()
  readonly #cutter: Cutter

  constructor(
    graph: Graph,
    makers: ReadonlyMap<Variable, Equation>,
    regions: readonly CutRegion[],
    cutter: Cutter,
  ) {
    this.#graph = graph
    this.#makers = makers
    this.#cutter = cutter
    for (const input of graph.inputs) this.#here.set(input, this.#b.input(input))
    for (const cut of regions) {
      for (const { equation } of cut.region.sums) this.#regionOf.set(equation, cut)
      for (const equation of cut.region.equations) this.#inside.add(equation)
      for (const variable of cut.kept ?? []) this.#keeper.set(variable, cut)
    }
  }

  rewrite(): Graph {
    for (const equation of this.#graph.equations) {
      if (!this.#inside.has(equation)) this.#emit(equation)
    }
    return this.#b.build(this.#graph.outputs.map((output) => this.#at(output)))
  }

  /** A variable in the new graph; what makes it is written first where it comes later. */
  #at(variable: Variable): Variable {
    const known = this.#here.get(variable)
    if (known !== undefined) return known
    const keeper = this.#keeper.get(variable)
    const maker = keeper?.region.sums[0].equation ?? this.#makers.get(variable)
    if (maker !== undefined) this.#emit(maker)
    const made = this.#here.get(variable)
    if (made === undefined) throw new Error("a graph uses a variable before it is computed")
    return made
  }

  #emit(equation: Equation): void {
    if (equation.results.every((result) => this.#here.has(result))) return
    const cut = this.#regionOf.get(equation)
    if (cut !== undefined) {
      const { region, bands, kept = [] } = cut
      const parts = bands.map((band) =>
        new Loops(this.#b, region, band, (variable) => this.#at(variable), kept).emit(),
      )
      for (const sum of region.sums) {
        const each = parts.map(({ sums }) => found(sums.get(sum)))
        this.#here.set(sum.equation.results[0], joinBands(this.#b, region, sum, each))
      }
      for (const [i, variable] of kept.entries()) this.#here.set(variable, parts[0].kept[i])
      return
    }
    const operands = equation.operands.map((operand) => this.#at(operand))
    // The graphs inside of control flow are rewritten too.
    const params = mapControl(equation, (graph) => inBlocks(graph, this.#cutter))
    const results = this.#b.emitAll(equation.primitive, operands, params)
    for (const [i, result] of results.entries()) this.#here.set(equation.results[i], result)
  }
}

/** A variable from outside, as the blocks see it. */
interface Given {
  /** [rounds, …] for all blocks of a round, or [rounds, blocks, …]. */
  readonly rows: Variable
  readonly each: "round" | "block"
}

/** What bands made of a sum, [batch…, rows or columns of a band, width], in the shape of its dot. */
function joinBands(
  b: GraphBuilder,
  { shape }: Region,
  { equation, side, over }: SumOfScores,
  parts: readonly Variable[],
): Variable {
  const axis = shape.length - 2
  const columns = shape[shape.length - 1]
  const whole =
    over === "columns"
      ? parts.length === 1
        ? parts[0]
        : op.concatenate(b, parts, axis)
      : parts
          .map((part) => {
            const hidden = columns - concreteShape(part.shape)[axis]
            return hidden === 0 ? part : op.padAxis(b, part, axis, [0, hidden, 0], 0)
          })
          .reduce((sum, part) => op.add(b, sum, part))
  if (side === 0) return whole
  const order = whole.shape.map((_, i) => i)
  const turned = [...order.slice(0, -2), axis + 1, axis]
  return sameShape(op.transpose(b, whole, turned), equation.results[0])
}

/** Writes the two loops of a band. */
class Loops {
  readonly #b: GraphBuilder
  readonly #region: Region
  readonly #band: Band
  readonly #cut: Cut
  /** Leading axes of what a block computes: the batches that it has side by side, if it does. */
  readonly #beside: readonly number[]
  readonly #at: (variable: Variable) => Variable
  /** What else of the region is stored, for others. */
  readonly #kept: readonly Variable[]
  /** What comes from outside, by variable and, for operands of dots, the order of their axes. */
  readonly #given = new Map<string, Given>()
  readonly #ids = new Map<Variable, number>()

  constructor(
    b: GraphBuilder,
    region: Region,
    band: Band,
    at: (variable: Variable) => Variable,
    kept: readonly Variable[],
  ) {
    this.#b = b
    this.#kept = kept
    this.#region = region
    this.#band = band
    this.#cut = band.cut
    this.#beside = band.cut.beside === undefined ? [] : [band.cut.beside]
    this.#at = at
  }

  /** What the band makes of each of the region's sums: [batch…, rows or columns, width]; and what is kept. */
  emit(): {
    readonly sums: ReadonlyMap<SumOfScores, Variable>
    readonly kept: readonly Variable[]
  } {
    const { sums } = this.#region
    this.#collect()
    const byColumns = sums.filter(({ over }) => over === "columns")
    const byRows = sums.filter(({ over }) => over === "rows")
    const given = [...this.#given]
    const shared = given.filter(([, { each }]) => each === "round")
    const own = given.filter(([, { each }]) => each === "block")
    const outer = this.#round(given, this.#block(shared, own, byRows, byColumns), byRows.length)
    const made = this.#b.emitAll(
      "loop",
      given.map(([, { rows }]) => rows),
      { body: outer, length: this.#cut.rounds, consts: 0, carries: 0, reverse: false },
    )
    const order = [...byRows, ...byColumns]
    const rest = made.slice(order.length)
    return {
      sums: new Map(order.map((sum, i) => [sum, this.#restore(sum, made[i])])),
      kept: this.#kept.map(({ shape }, i) => op.reshape(this.#b, rest[i], shape)),
    }
  }

  /** Whether a round is one block: its sums are then complete, and nothing is carried. */
  get #isOneBlock(): boolean {
    return this.#cut.blocks === 1
  }

  /** The graph of one round: a loop over its blocks, or its one block. */
  #round(given: readonly (readonly [string, Given])[], block: Graph, carries: number): Graph {
    const b = new GraphBuilder()
    const inputs = given.map(([, { rows }]) => b.input({ ...rows, shape: rows.shape.slice(1) }))
    const of = (each: Given["each"]): Variable[] =>
      inputs.filter((_, i) => given[i][1].each === each)
    const [shared, own] = [of("round"), of("block")]
    if (this.#isOneBlock) {
      const first = own.map((x) => op.reshape(b, x, concreteShape(x.shape).slice(1)))
      const made = b.inline(block, [...shared, ...first])
      const only = (x: Variable): Variable => op.reshape(b, x, [1, ...concreteShape(x.shape)])
      return b.build(made.map((result, i) => (i < carries ? result : only(result))))
    }
    const none = block.outputs.slice(0, carries).map((sum) => op.zeros(b, sum))
    const results = b.emitAll("loop", [...shared, ...none, ...own], {
      body: block,
      length: this.#cut.blocks,
      consts: shared.length,
      carries,
      reverse: false,
    })
    return b.build(results)
  }

  /** Finds everything that the region reads from outside, cut into rounds and blocks. */
  #collect(): void {
    const { equations, kinds, sums } = this.#region
    for (const equation of equations) {
      if (isEquation(equation, "dot")) {
        this.#dotOperand(equation, 0, "rows")
        this.#dotOperand(equation, 1, "columns")
        continue
      }
      for (const operand of equation.operands) {
        if (kinds.has(operand)) continue
        const isScores = String(operand.shape) === String(this.#region.shape)
        this.#cutRows(this.#key(operand), this.#at(operand), isScores)
      }
    }
    for (const { equation, side, over } of sums) {
      this.#dotOperand(equation, side === 0 ? 1 : 0, over)
      const scores = equation.operands[side]
      if (!kinds.has(scores)) this.#cutRows(this.#key(scores), this.#at(scores), true)
    }
  }

  /** An operand that has the scores' rows, and perhaps columns: [rounds, blocks, beside…, rows, …]. */
  #cutRows(key: string, x: Variable, hasColumns = false): void {
    if (this.#given.has(key)) return
    const { rounds, blocks, rows: count } = this.#cut
    const { from, to, columns } = this.#band
    const axis = this.#region.shape.length - 2
    let own = op.sliceAxis(this.#b, x, axis, from, to)
    if (hasColumns) own = op.sliceAxis(this.#b, own, axis + 1, 0, columns)
    const behind = own.shape.slice(axis + 1)
    const rows = op.reshape(this.#b, own, [rounds, blocks, ...this.#beside, count, ...behind])
    this.#given.set(key, { rows, each: "block" })
  }

  /** An operand of a dot with its axes in the order batch, the one shared with scores, the rest. */
  #dotOperand(equation: Equation & Equation<"dot">, side: 0 | 1, axis: "rows" | "columns"): void {
    const { operands, params } = equation
    const key = this.#dotKey(equation, side)
    if (this.#given.has(key)) return
    const operand = operands[side]
    const isSum = this.#region.sums.some((sum) => sum.equation === equation)
    const [batch, contract] = [params.batch[side], params.contract[side]]
    const free = operand.shape
      .map((_, i) => i)
      .filter((i) => !batch.includes(i) && !contract.includes(i))
    const order = isSum ? [...batch, ...contract, ...free] : [...batch, ...free, ...contract]
    const x = op.transpose(this.#b, this.#at(operand), order)
    if (axis === "rows") {
      this.#cutRows(key, x)
      return
    }
    const { rounds, chunks } = this.#cut
    const seen = op.sliceAxis(this.#b, x, batch.length, 0, this.#band.columns)
    const own = [...this.#beside, ...concreteShape(seen.shape).slice(batch.length)]
    const flat = op.reshape(this.#b, seen, [rounds / chunks, 1, ...own])
    const axes = flat.shape.map((_, i) => i)
    const copies = op.broadcast(this.#b, flat, [rounds / chunks, chunks, ...own], axes)
    const rows = op.reshape(this.#b, copies, [rounds, ...own])
    this.#given.set(key, { rows, each: "round" })
  }

  /** The graph of one block: operands of the round, sums of blocks before it, operands of the block. */
  #block(
    shared: readonly (readonly [string, Given])[],
    own: readonly (readonly [string, Given])[],
    byRows: readonly SumOfScores[],
    byColumns: readonly SumOfScores[],
  ): Graph {
    const b = new GraphBuilder()
    const inputs = new Map<string, Variable>()
    for (const [key, { rows }] of shared) {
      inputs.set(key, b.input({ ...rows, shape: rows.shape.slice(1) }))
    }
    const before = this.#isOneBlock ? [] : byRows
    const carries = before.map((sum) => b.input({ shape: this.#sumShape(sum), dtype: "float32" }))
    for (const [key, { rows }] of own) {
      inputs.set(key, b.input({ ...rows, shape: rows.shape.slice(2) }))
    }
    const here = new Map<Variable, Variable>()
    const input = (key: string): Variable => found(inputs.get(key))
    for (const equation of this.#region.equations) {
      here.set(equation.results[0], this.#blockEquation(b, equation, here, input))
    }
    const product = ({ equation, side, over }: SumOfScores): Variable => {
      const own = equation.operands[side]
      const scores = here.get(own) ?? input(this.#key(own))
      const other = input(this.#dotKey(equation, side === 0 ? 1 : 0))
      const axis = over === "columns" ? 1 : 0
      return this.#dot(b, [scores, other], [[axis], [0]])
    }
    const added = byRows.map((sum, i) =>
      carries.length === 0 ? product(sum) : op.add(b, carries[i], product(sum)),
    )
    const kept = this.#kept.map((variable) => found(here.get(variable)))
    return b.build([...added, ...byColumns.map(product), ...kept])
  }

  #blockEquation(
    b: GraphBuilder,
    equation: Equation,
    here: ReadonlyMap<Variable, Variable>,
    input: (key: string) => Variable,
  ): Variable {
    const rows = [...this.#beside, this.#cut.rows]
    const { columns } = this.#band
    const last = { axes: [rows.length] }
    if (isEquation(equation, "dot")) {
      const axes = equation.params.contract[0].map((_, i) => i + 1)
      const operands = ([0, 1] as const).map((side) => input(this.#dotKey(equation, side)))
      return this.#dot(b, operands, [axes, axes])
    }
    const operands = equation.operands.map((x) => here.get(x) ?? input(this.#key(x)))
    const kind = this.#region.kinds.get(equation.results[0])
    if (isEquation(equation, "reduceSum")) return b.emit("reduceSum", operands, last)
    if (isEquation(equation, "reduceMax")) return b.emit("reduceMax", operands, last)
    if (isEquation(equation, "reshape")) {
      return op.reshape(b, operands[0], kind === "rows" ? rows : [...rows, 1])
    }
    if (isEquation(equation, "broadcast")) {
      const axes = operands[0].shape.map((_, i) => i)
      return op.broadcast(b, operands[0], [...rows, columns], axes)
    }
    return b.emit(equation.primitive, operands, equation.params)
  }

  /** A product of a block's arrays, its axes numbered behind the batches side by side. */
  #dot(
    b: GraphBuilder,
    operands: readonly Variable[],
    contract: readonly [readonly number[], readonly number[]],
  ): Variable {
    const lead = this.#beside.map((_, axis) => axis)
    const behind = (axes: readonly number[]): number[] => axes.map((axis) => axis + lead.length)
    const [left, right] = contract
    return b.emit("dot", operands, {
      contract: [behind(left), behind(right)],
      batch: [lead, lead],
    })
  }

  /** [beside…, columns or rows of a block, width] of a sum. */
  #sumShape({ equation, side, over }: SumOfScores): readonly number[] {
    const other = this.#given.get(this.#dotKey(equation, side === 0 ? 1 : 0))
    const width = concreteShape(found(other).rows.shape).at(-1)
    const extent = over === "rows" ? this.#band.columns : this.#cut.rows
    return [...this.#beside, extent, found(width)]
  }

  /** What the loops made of a sum: [batch…, rows or columns, width]. */
  #restore({ over }: SumOfScores, made: Variable): Variable {
    const b = this.#b
    const { rounds, chunks } = this.#cut
    const { from, to, columns } = this.#band
    const [, ...shape] = concreteShape(made.shape)
    let whole = made
    if (over === "rows" && chunks > 1) {
      whole = op.reduceSum(b, op.reshape(b, made, [rounds / chunks, chunks, ...shape]), [1])
    }
    const extent = over === "rows" ? columns : to - from
    const batch = this.#region.shape.slice(0, -2)
    return op.reshape(b, whole, [...batch, extent, found(shape.at(-1))])
  }

  #key(variable: Variable): string {
    let id = this.#ids.get(variable)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(variable, id)
    }
    return String(id)
  }

  #dotKey({ operands, params }: Equation<"dot">, side: 0 | 1): string {
    return `${this.#key(operands[side])} ${params.batch[side]} ${params.contract[side]} ${side}`
  }
}

function sameShape(made: Variable, wanted: Variable): Variable {
  if (String(made.shape) !== String(wanted.shape)) {
    throw new Error(`blocks gave shape [${made.shape}] where [${wanted.shape}] is needed`)
  }
  return made
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a region of scores uses what it does not know")
  return value
}
