/** Scans: a row to an invocation, or shared by a workgroup, which goes along it in blocks. */

import { iterations, type ScanKernel } from "../../schedule/index.ts"
import {
  endOf,
  forEachGroup,
  forEachInvocation,
  groupsFor,
  lanesFor,
  nest,
  plainInvocations,
} from "./pieces.ts"
import { combined, identityOf } from "./reduction.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { typeOf } from "./types.ts"

export function emitScan(site: ShaderSite, kernel: ScanKernel): Shader {
  const builder = new ShaderBuilder(site, [kernel.buffer])
  const { axes, along } = kernel
  const spread = axes.filter(({ place }) => place !== "steps")
  const walked = axes.filter(({ place }) => place === "steps")
  const pieces = iterations(spread)
  if (along.place === "lanes") {
    const lanes = lanesFor(along.extent, site.target.invocations)
    forEachGroup(builder, spread, () =>
      nest(builder, walked, 1, () => scanInGroup(builder, kernel, lanes)),
    )
    return builder.finish(lanes, pieces)
  }
  forEachInvocation(builder, spread, () =>
    nest(builder, walked, 1, () => scanInSteps(builder, kernel)),
  )
  return builder.finish(plainInvocations, groupsFor(pieces))
}

function scanInSteps(builder: ShaderBuilder, kernel: ScanKernel): void {
  const { along, combine, value, buffer, index } = kernel
  const { text, values } = builder
  const total = text.name("sum")
  text.line(`var ${total} = ${identityOf(combine, buffer.dtype)};`)
  nest(builder, [along], 1, () => {
    text.line(`${total} = ${combined(combine, buffer.dtype, total, values.value(value))};`)
    values.store(buffer, index, total)
  })
}

/** Hillis and Steele's scan of one block after another, each begun with what came before. */
function scanInGroup(builder: ShaderBuilder, kernel: ScanKernel, lanes: number): void {
  const { along, combine, value, buffer, index } = kernel
  const { text, values } = builder
  const { dtype } = buffer
  const type = typeOf(dtype)
  const shared = builder.shared(type, lanes)
  const before = text.name("sum")
  text.line(`var ${before} = ${identityOf(combine, dtype)};`)
  const end = text.keep("i", endOf(builder, along))
  const base = text.name("r")
  values.block(`for (var ${base} = 0i; ${base} < ${end}; ${base} += ${lanes}i)`, () => {
    const at = text.keep("i", `${base} + i32(lane)`)
    values.bind(along, at)
    const own = text.name("own")
    text.line(`var ${own} = ${identityOf(combine, dtype)};`)
    values.block(`if (${at} < ${end})`, () => text.line(`${own} = ${values.value(value)};`))
    text.line(`${shared}[lane] = ${own};`)
    text.line("workgroupBarrier();")
    const distance = text.name("d")
    const head = `for (var ${distance} = 1u; ${distance} < ${lanes}u; ${distance} = 2u * ${distance})`
    values.block(head, () => {
      values.block(`if (lane >= ${distance})`, () => {
        const other = `${shared}[lane - ${distance}]`
        text.line(`${own} = ${combined(combine, dtype, other, own)};`)
      })
      text.line("workgroupBarrier();")
      text.line(`${shared}[lane] = ${own};`)
      text.line("workgroupBarrier();")
    })
    values.block(`if (${at} < ${end})`, () => {
      values.store(buffer, index, combined(combine, dtype, before, own))
    })
    text.line(`${before} = ${combined(combine, dtype, before, `${shared}[${lanes - 1}]`)};`)
    text.line("workgroupBarrier();")
  })
}
