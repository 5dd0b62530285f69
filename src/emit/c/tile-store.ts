/** The epilogue of a contraction: what is done with the sums of one register tile. */

import type { Store, Tile } from "../../schedule/index.ts"
import type { Flat } from "../flatten.ts"
import type { LaneAxis } from "./block.ts"
import type { KernelCode } from "./code.ts"
import type { Element } from "./panels.ts"
import { decode } from "./walk.ts"

interface Epilogue {
  readonly element: Element
  readonly stores: readonly Store[]
  readonly rows: Flat
  readonly columns: Flat
  readonly rowEnd: string
  readonly columnEnd: string
  readonly tile: Tile
  readonly lanes: number
}

/** Stores the tile of sums at `tile`, whose first row and column are `row` and `column`. */
export function storeTile(code: KernelCode, epilogue: Epilogue): void {
  const { columns, columnEnd, tile, lanes } = epilogue
  const vectors = tile.columns / lanes
  const whole = columns.extent % tile.columns === 0
  if (!whole && columns.outer.length > 0) {
    storeSingly(code, epilogue)
    return
  }
  const axis = columns.run
  const inVectors = (lane: LaneAxis, run: string): void => {
    decode(code, "column", columns)
    code.open(
      "",
      () => {
        code.block.bind(axis, run)
        eachRow(code, epilogue, (row, sums) =>
          store(code, epilogue, `tile + ${row} * ${tile.columns} + ${run}`, sums),
        )
      },
      { lanes: lane },
    )
  }
  if (whole) {
    code.open("", () => inVectors({ axis, vectors }, "0"))
    return
  }
  code.line(
    `const i64 columns = ${columnEnd} - column < ${tile.columns} ? ${columnEnd} - column : ${tile.columns};`,
  )
  code.open(`if (columns == ${tile.columns})`, () => inVectors({ axis, vectors }, "0"))
  code.open(`else for (i64 run = 0; run < columns; run += ${lanes})`, () => {
    const type = `i32x${lanes}`
    code.line(`const ${type} tail = (${type})(iota_x${lanes}() < (i32)(columns - run));`)
    inVectors({ axis, vectors: 1, tail: "tail" }, "run")
  })
}

function storeSingly(code: KernelCode, epilogue: Epilogue): void {
  const { columns, columnEnd, tile } = epilogue
  code.open(
    `for (i64 single = column; single < column + ${tile.columns} && single < ${columnEnd}; single++)`,
    () => {
      decode(code, "single", columns)
      code.block.bind(columns.run, "0")
      eachRow(code, epilogue, (row, sums) =>
        store(code, epilogue, `tile + ${row} * ${tile.columns} + (single - column)`, sums),
      )
    },
  )
}

/**
 * The rows of the tile that are in the block, each where its axes stand. Where rows are added up, those
 * of a part follow each other, their sums held in registers.
 */
function eachRow(
  code: KernelCode,
  epilogue: Epilogue,
  body: (row: string, sums: RowSums) => void,
): void {
  const { rows, rowEnd, tile, stores } = epilogue
  const r = code.name("r")
  const summed = stores.filter((store) => store.summed !== undefined)
  const part = summed[0]?.summed?.rows
  const each = (head: string, sums: RowSums): void =>
    code.open(head, () => {
      const place = code.name("place")
      code.line(`const i64 ${place} = row + ${r};`)
      decode(code, place, rows)
      code.block.bind(rows.run, "0")
      body(r, sums)
    })
  const inTile = `${r} < ${tile.rows} && row + ${r} < ${rowEnd}`
  if (part === undefined) {
    each(`for (i64 ${r} = 0; ${inTile}; ${r}++)`, new Map())
    return
  }
  code.open(`for (i64 ${r} = 0; ${inTile};)`, () => {
    const place = code.name("place")
    const end = code.name("end")
    code.line(`const i64 ${place} = row + ${r}, ${end} = (${place} / ${part} + 1) * ${part} - row;`)
    const sums = new Map(summed.map((store) => [store, beginSums(code, epilogue, store, place)]))
    each(`for (; ${inTile} && ${r} < ${end}; ${r}++)`, sums)
    for (const { names, address } of sums.values()) {
      for (const [u, name] of names.entries()) {
        code.line(`${access(code, epilogue, "store", address, u, name)};`)
      }
    }
  })
}

/** The names of the sums of a part's rows, one for each vector, and where they are kept. */
interface PartSums {
  readonly names: readonly string[]
  readonly address: string
}

type RowSums = ReadonlyMap<Store, PartSums>

/** Takes up a part's sums where the tile before has left them. */
function beginSums(
  code: KernelCode,
  epilogue: Epilogue,
  { buffer, index, summed }: Store,
  place: string,
): PartSums {
  const { element } = epilogue
  const { lanes } = code.block
  const { rows = 1, stride = 0 } = summed ?? {}
  const type = lanes === undefined ? element : `${element}x${code.lanes}`
  const address = code.name("part")
  const at = `${place} / ${rows} * ${stride} + ${code.index(index)}`
  code.line(`${element} *${address} = ${code.buffer(buffer)} + ${at};`)
  const names = Array.from({ length: lanes?.vectors ?? 1 }, (_, u) => {
    const name = code.name("sum")
    const before = access(code, epilogue, "load", address, u)
    code.line(`${type} ${name} = ${place} % ${rows} == 0 ? (${type}){0} : ${before};`)
    return name
  })
  return { names, address }
}

/** Vector `u` behind an address, under the mask where there is one; alone where there are no lanes. */
function access(
  code: KernelCode,
  { element }: Epilogue,
  verb: "load" | "store",
  address: string,
  u: number,
  value?: string,
): string {
  const { lanes, mask } = code.block
  if (lanes === undefined) return value === undefined ? `*${address}` : `*${address} = ${value}`
  const operands = [`${address} + ${u * code.lanes}`, value, mask].filter(
    (each) => each !== undefined,
  )
  return `${verb}${mask === undefined ? "" : "m"}_${element}x${code.lanes}(${operands.join(", ")})`
}

/** All values are computed before any is stored: a store may overwrite what others read. */
function store(code: KernelCode, { element, stores }: Epilogue, tile: string, sums: RowSums): void {
  const { lanes } = code.block
  const type = `${element}x${code.lanes}`
  const totals = Array.from({ length: lanes?.vectors ?? 1 }, (_, u) => {
    const name = code.name("total")
    // Sums of lanes that do not count are there, too.
    code.line(
      lanes === undefined
        ? `const ${element} ${name} = *(${tile});`
        : `const ${type} ${name} = load_${type}(${tile} + ${u * code.lanes});`,
    )
    return name
  })
  code.setTotal(0, (u) => totals[u])
  for (const [u] of totals.entries()) {
    const values = stores.map(({ value, summed }) =>
      summed === undefined ? code.value(value, u) : code.as(value, u, lanes !== undefined),
    )
    for (const [i, each] of stores.entries()) {
      const name = sums.get(each)?.names[u]
      if (name === undefined) code.store(each, u, values[i])
      else code.line(`${name} = ${name} + ${values[i]};`)
    }
  }
}
