/** Scans and scatters: one step after another, over mapped axes in space. */

import {
  laneOf,
  rowsOfScan,
  rowsTogether,
  type ScanKernel,
  type ScatterKernel,
  strideOf,
} from "../../schedule/index.ts"
import { KernelCode, type ProgramCode } from "./code.ts"
import { nest } from "./nest.ts"
import { combined, identityConstant } from "./reduction.ts"
import { cTypes, registerType } from "./registers.ts"

/** Writes the body of a scan's function. */
export function writeScan(program: ProgramCode, kernel: ScanKernel): KernelCode {
  const { axes, along, combine, value, buffer, index } = kernel
  const code = new KernelCode(program, kernel, [])
  const { dtype } = buffer
  const lane = laneOf(axes)
  const rows = rowsOfScan(kernel)
  /** Goes along rows of these numbers, or along the one that stands. */
  const scan = (numbers: readonly (string | undefined)[]): void => {
    const lanes = code.block.lanes === undefined ? 1 : code.lanes
    const type = registerType(cTypes[dtype].register, lanes)
    const start = identityConstant(combine, dtype)
    const totals = numbers.map(() => code.name("total"))
    for (const total of totals) {
      code.line(`${type} ${total} = ${lanes > 1 ? `splat_${type}(${start})` : start};`)
    }
    nest(code, [along], undefined, 1, () => {
      for (const [i, total] of totals.entries()) {
        code.open("", () => {
          const number = numbers[i]
          if (rows !== undefined && number !== undefined) code.block.bind(rows, number)
          const next = code.as(value, 0, lanes > 1)
          code.line(`${total} = ${combined(combine, dtype, lanes, total, next)};`)
          code.storeVector({ buffer, index, value }, 0, total)
        })
      }
    })
  }
  code.bindThreads(axes)
  nest(code, rows === undefined ? axes : axes.slice(0, -1), lane, 1, () => {
    if (rows === undefined) {
      scan([undefined])
      return
    }
    const [at, end] = [code.name("at"), code.endOf(rows)]
    code.line(`i64 ${at} = 0;`)
    for (const count of [rowsTogether, 1]) {
      code.open(`for (; ${at} + ${count} <= ${end}; ${at} += ${count})`, () => {
        scan(Array.from({ length: count }, (_, i) => (i === 0 ? at : `(${at} + ${i})`)))
      })
    }
  })
  return code
}

/** Writes the body of a scatter's function. */
export function writeScatter(program: ProgramCode, kernel: ScatterKernel): KernelCode {
  const { axes, steps, combine, buffer, index, value, when } = kernel
  const code = new KernelCode(program, kernel, [])
  const { dtype } = buffer
  const lane = laneOf(axes)
  // Lanes need the places that they change side by side, and all of them to be changed.
  const inLanes =
    lane !== undefined && strideOf(index, lane) === 1 && !code.uses.axesOf(when).has(lane)
  code.bindThreads(axes)
  nest(code, axes, inLanes ? lane : undefined, 1, () => {
    nest(code, steps, undefined, 1, () => {
      const test = code.value(when)
      code.open(`if (${test})`, () => {
        const lanes = code.block.lanes === undefined ? 1 : code.lanes
        const next = code.as(value, 0, lanes > 1)
        const old = combine === "set" ? "" : code.load(buffer, index, 0)
        const result = combine === "set" ? next : combined(combine, dtype, lanes, old, next)
        code.storeVector({ buffer, index, value }, 0, result)
      })
    })
  })
  return code
}
