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
        eachRow(code, epilogue, (row) =>
          store(code, epilogue, `tile + ${row} * ${tile.columns} + ${run}`),
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
      eachRow(code, epilogue, (row) =>
        store(code, epilogue, `tile + ${row} * ${tile.columns} + (single - column)`),
      )
    },
  )
}

/** The rows of the tile that are in the block, each where its axes stand. */
function eachRow(code: KernelCode, epilogue: Epilogue, body: (row: string) => void): void {
  const { rows, rowEnd, tile } = epilogue
  const r = code.name("r")
  code.open(`for (i64 ${r} = 0; ${r} < ${tile.rows} && row + ${r} < ${rowEnd}; ${r}++)`, () => {
    const place = code.name("place")
    code.line(`const i64 ${place} = row + ${r};`)
    decode(code, place, rows)
    code.block.bind(rows.run, "0")
    body(r)
  })
}

/** All values are computed before any is stored: a store may overwrite what others read. */
function store(code: KernelCode, { element, stores }: Epilogue, sums: string): void {
  const { lanes } = code.block
  const type = `${element}x${code.lanes}`
  const totals = Array.from({ length: lanes?.vectors ?? 1 }, (_, u) => {
    const name = code.name("total")
    // Sums of lanes that do not count are there, too.
    code.line(
      lanes === undefined
        ? `const ${element} ${name} = *(${sums});`
        : `const ${type} ${name} = load_${type}(${sums} + ${u * code.lanes});`,
    )
    return name
  })
  code.setTotal(0, (u) => totals[u])
  for (const [u] of totals.entries()) {
    const values = stores.map(({ value }) => code.value(value, u))
    for (const [i, each] of stores.entries()) code.store(each, u, values[i])
  }
}
