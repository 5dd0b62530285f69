/**
 * Scans: a row to an invocation, or shared by a workgroup, which goes along it in blocks; long rows
 * are shared by many workgroups.
 */

import { type Axis, iterations, type ScanKernel } from "../../schedule/index.ts"
import {
  bindFlat,
  endOf,
  forEachGroup,
  forEachInvocation,
  groupsFor,
  lanesFor,
  nest,
  plainInvocations,
} from "./pieces.ts"
import { combined, identityLiteral } from "./reduction.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { combineLanes } from "./tree.ts"
import { fromWord, toWord, typeOf } from "./types.ts"

/** Elements of a row from which on several workgroups share it, and how many each then takes. */
const longRow = 16_384
const chunk = 4096
/** Rows that keep a GPU busy with a workgroup each. */
const manyRows = 64

/** The shaders of a scan, one after another, and the scratch memory that they share. */
export interface ScanShaders {
  readonly shaders: readonly Shader[]
  readonly scratchBytes: number
}

export function emitScan(site: ShaderSite, kernel: ScanKernel): ScanShaders {
  const { axes, along } = kernel
  const spread = axes.filter(({ place }) => place !== "steps")
  const walked = axes.filter(({ place }) => place === "steps")
  const pieces = iterations(spread)
  const isLong = along.extent >= longRow && along.within === undefined
  if (along.place === "lanes" && isLong && walked.length === 0 && pieces < manyRows) {
    return scanInChunks(site, kernel, spread)
  }
  const builder = new ShaderBuilder(site, [kernel.buffer])
  if (along.place === "lanes") {
    const lanes = lanesFor(along.extent, site.target.invocations)
    forEachGroup(builder, spread, () =>
      nest(builder, walked, 1, () => {
        const begun = identityLiteral(kernel.combine, kernel.buffer.dtype)
        scanInGroup(builder, kernel, lanes, { start: "0i", end: endOf(builder, along), begun })
      }),
    )
    return { shaders: [builder.finish(lanes, pieces)], scratchBytes: 0 }
  }
  forEachInvocation(builder, spread, () =>
    nest(builder, walked, 1, () => scanInSteps(builder, kernel)),
  )
  return { shaders: [builder.finish(plainInvocations, groupsFor(pieces))], scratchBytes: 0 }
}

/**
 * Long rows in three passes: what each chunk comes to, what comes before each chunk, and the chunks'
 * scans, begun with that (Blelloch 1990).
 */
function scanInChunks(site: ShaderSite, kernel: ScanKernel, spread: readonly Axis[]): ScanShaders {
  const { along, combine, value, buffer } = kernel
  const { dtype } = buffer
  const lanes = lanesFor(chunk, site.target.invocations)
  const rows = iterations(spread)
  const chunks = Math.ceil(along.extent / chunk)
  const pieces = rows * chunks
  const begin = (builder: ShaderBuilder, body: (start: string, end: string) => void): Shader => {
    const { text, values } = builder
    values.block(`for (var piece = group; piece < ${pieces}u; piece += groups)`, () => {
      bindFlat(builder, spread, `i32(piece / ${chunks}u)`)
      const start = text.keep("i", `i32(piece % ${chunks}u) * ${chunk}i`)
      body(start, text.keep("i", `min(${start} + ${chunk}i, ${along.extent}i)`))
    })
    return builder.finish(lanes, pieces)
  }
  const totals = new ShaderBuilder(site, [buffer])
  const first = begin(totals, (start, end) => {
    const { text, values } = totals
    const total = text.name("sum")
    text.line(`var ${total} = ${identityLiteral(combine, dtype)};`)
    const at = text.name("r")
    const head = `for (var ${at} = ${start} + i32(lane); ${at} < ${end}; ${at} += ${lanes}i)`
    values.block(head, () => {
      values.bind(along, at)
      text.line(`${total} = ${combined(combine, dtype, total, values.value(value))};`)
    })
    combineLanes(totals, lanes, combine, dtype, total)
    values.block("if (lane == 0u)", () => {
      text.line(`${totals.scratchWord("piece")} = ${toWord(dtype, total)};`)
    })
  })
  // Chunks are few: an invocation goes along those of a row.
  const before = new ShaderBuilder(site, [buffer])
  const { text, values } = before
  const stride = `groups * ${plainInvocations}u`
  const head = `for (var row = group * ${plainInvocations}u + lane; row < ${rows}u; row += ${stride})`
  values.block(head, () => {
    const total = text.name("sum")
    text.line(`var ${total} = ${identityLiteral(combine, dtype)};`)
    const at = text.name("r")
    values.block(`for (var ${at} = 0u; ${at} < ${chunks}u; ${at}++)`, () => {
      const word = before.scratchWord(`row * ${chunks}u + ${at}`)
      const own = text.keep("v", fromWord(dtype, word))
      text.line(`${word} = ${toWord(dtype, total)};`)
      text.line(`${total} = ${combined(combine, dtype, total, own)};`)
    })
  })
  const second = before.finish(plainInvocations, groupsFor(rows))
  const scans = new ShaderBuilder(site, [buffer])
  const third = begin(scans, (start, end) => {
    const begun = fromWord(dtype, scans.scratchWord("piece"))
    scanInGroup(scans, kernel, lanes, { start, end, begun })
  })
  return { shaders: [first, second, third], scratchBytes: 4 * pieces }
}

function scanInSteps(builder: ShaderBuilder, kernel: ScanKernel): void {
  const { along, combine, value, buffer, index } = kernel
  const { text, values } = builder
  const total = text.name("sum")
  text.line(`var ${total} = ${identityLiteral(combine, buffer.dtype)};`)
  nest(builder, [along], 1, () => {
    text.line(`${total} = ${combined(combine, buffer.dtype, total, values.value(value))};`)
    values.store(buffer, index, total)
  })
}

/** A part of a row, and what came before it. */
interface Part {
  readonly start: string
  readonly end: string
  readonly begun: string
}

/**
 * Sklansky's scan (1960) of one block after another, each begun with what came before: at each level
 * the upper half of every 2d elements takes the last of the lower half. Levels within a subgroup
 * need no barrier; they are the same levels, so that subgroups change no bit.
 */
function scanInGroup(builder: ShaderBuilder, kernel: ScanKernel, lanes: number, part: Part): void {
  const { along, combine, value, buffer, index } = kernel
  const { text, values } = builder
  const { dtype } = buffer
  const type = typeOf(dtype)
  const shared = builder.shared(type, lanes)
  // Bools cannot be handed over.
  const inSubgroups = builder.target.subgroups === true && type !== "bool"
  if (inSubgroups) builder.useSubgroups()
  const slot = inSubgroups
    ? text.keep("slot", "subgroupBroadcastFirst(lane) / size * size + place")
    : "lane"
  const before = text.name("sum")
  text.line(`var ${before} = ${part.begun};`)
  const base = text.name("r")
  const head = `for (var ${base} = ${part.start}; ${base} < ${part.end}; ${base} += ${lanes}i)`
  values.block(head, () => {
    const at = text.keep("i", `${base} + i32(${slot})`)
    values.bind(along, at)
    const own = text.name("own")
    text.line(`var ${own} = ${identityLiteral(combine, dtype)};`)
    values.block(`if (${at} < ${part.end})`, () => text.line(`${own} = ${values.value(value)};`))
    const distance = text.name("d")
    const next = `${distance} = 2u * ${distance}`
    if (inSubgroups) {
      const most = `min(size, ${lanes}u)`
      values.block(`for (var ${distance} = 1u; ${distance} < ${most}; ${next})`, () => {
        const isUpper = text.keep("upper", `(place & ${distance}) != 0u`)
        const from = `select(place, place / ${distance} * ${distance} - 1u, ${isUpper})`
        const other = text.keep("v", `subgroupShuffle(${own}, ${from})`)
        values.block(`if (${isUpper})`, () => {
          text.line(`${own} = ${combined(combine, dtype, other, own)};`)
        })
      })
    }
    text.line(`${shared}[${slot}] = ${own};`)
    text.line("workgroupBarrier();")
    const first = inSubgroups ? "size" : "1u"
    values.block(`for (var ${distance} = ${first}; ${distance} < ${lanes}u; ${next})`, () => {
      values.block(`if ((${slot} & ${distance}) != 0u)`, () => {
        const other = `${shared}[${slot} / ${distance} * ${distance} - 1u]`
        text.line(`${own} = ${combined(combine, dtype, other, own)};`)
        text.line(`${shared}[${slot}] = ${own};`)
      })
      text.line("workgroupBarrier();")
    })
    values.block(`if (${at} < ${part.end})`, () => {
      values.store(buffer, index, combined(combine, dtype, before, own))
    })
    text.line(`${before} = ${combined(combine, dtype, before, `${shared}[${lanes - 1}]`)};`)
    text.line("workgroupBarrier();")
  })
}
