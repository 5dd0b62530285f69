/**
 * Scatters. Integer sums and extremes, whose order does not show, are made by all invocations at
 * once, as atomic operations. Others keep the order of their updates: a workgroup goes along them in
 * blocks, of which the first update of each element makes the later ones too; or, where there are
 * enough rows, an invocation goes along its own one after another.
 */

import { type Axis, iterations, type ScatterKernel } from "../../schedule/index.ts"
import {
  bindFlat,
  forEachGroup,
  forEachInvocation,
  groupsFor,
  lanesFor,
  nest,
  plainInvocations,
} from "./pieces.ts"
import { combined } from "./reduction.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { fromWord, toWord, typeOf } from "./types.ts"

const atomics = { sum: "atomicAdd", max: "atomicMax", min: "atomicMin" } as const

/** Rows that keep a GPU busy with an invocation each, and updates that are worth a workgroup. */
const manyRows = 4096
const fewUpdates = 32

const isSpread = ({ place }: Axis): boolean => place !== "steps"

export function emitScatter(site: ShaderSite, kernel: ScatterKernel): Shader {
  const { axes, steps } = kernel
  const isWhole = [...axes, ...steps].every(({ within }) => within === undefined)
  const inOrder = axes.every(isSpread) && !steps.some(isSpread)
  const isWide = iterations(axes) < manyRows && iterations(steps) >= fewUpdates
  return isWhole && inOrder && isWide ? inBlocks(site, kernel) : byInvocation(site, kernel)
}

/** The additions are those of one invocation that goes along all updates, in the same order. */
function inBlocks(site: ShaderSite, kernel: ScatterKernel): Shader {
  const { axes, steps, combine, buffer, index, value, when } = kernel
  const { dtype } = buffer
  const builder = new ShaderBuilder(site, [buffer])
  const { text, values } = builder
  const updates = iterations(steps)
  const lanes = lanesFor(updates, site.target.invocations)
  const elements = builder.shared("i32", lanes)
  const words = builder.shared("u32", lanes)
  forEachGroup(builder, axes, () => {
    const base = text.name("r")
    values.block(`for (var ${base} = 0i; ${base} < ${updates}i; ${base} += ${lanes}i)`, () => {
      const at = text.keep("i", `${base} + i32(lane)`)
      const element = text.name("element")
      text.line(`var ${element} = -1i;`)
      values.block(`if (${at} < ${updates}i)`, () => {
        bindFlat(builder, steps, at)
        values.block(`if (${values.value(when)})`, () => {
          const word = toWord(dtype, values.value(value))
          text.line(`${element} = ${values.index(index)};`)
          text.line(`${words}[lane] = ${word};`)
        })
      })
      text.line(`${elements}[lane] = ${element};`)
      text.line("workgroupBarrier();")
      const other = text.name("o")
      const isFirst = text.name("first")
      text.line(`var ${isFirst} = ${element} >= 0i;`)
      values.block(`for (var ${other} = 0u; ${isFirst} && ${other} < lane; ${other}++)`, () =>
        text.line(`${isFirst} = ${elements}[${other}] != ${element};`),
      )
      values.block(`if (${isFirst})`, () => {
        const total = text.name("sum")
        text.line(`var ${total} = ${builder.load(buffer, element)};`)
        const next = text.name("o")
        values.block(`for (var ${next} = lane; ${next} < ${lanes}u; ${next}++)`, () => {
          values.block(`if (${elements}[${next}] == ${element})`, () => {
            const update = text.keep("v", fromWord(dtype, `${words}[${next}]`))
            const joined = combine === "set" ? update : combined(combine, dtype, total, update)
            text.line(`${total} = ${joined};`)
          })
        })
        builder.store(buffer, element, total)
      })
      values.forgetStored()
      // The next block may change the same elements, by other invocations.
      text.line("storageBarrier();")
      text.line("workgroupBarrier();")
    })
  })
  return builder.finish(lanes, iterations(axes))
}

function byInvocation(site: ShaderSite, kernel: ScatterKernel): Shader {
  const builder = new ShaderBuilder(site, [kernel.buffer])
  const { axes, steps, combine, buffer, index, value, when } = kernel
  const { text, values } = builder
  const type = typeOf(buffer.dtype)
  const atOnce = steps.some(isSpread)
  const atomic = atOnce && combine !== "set" && combine !== "prod" ? atomics[combine] : undefined
  if (atomic !== undefined && type !== "f32" && type !== "bool") builder.makeAtomic(buffer, type)
  else if (atOnce) throw new Error("updates of this kind come one after another")
  const all = [...axes, ...steps]
  const spread = all.filter(isSpread)
  forEachInvocation(builder, spread, () =>
    nest(
      builder,
      all.filter((axis) => !isSpread(axis)),
      1,
      () =>
        values.block(`if (${values.value(when)})`, () => {
          const update = values.value(value)
          if (atomic !== undefined) {
            const place = builder.atomicPlace(buffer, values.index(index))
            text.line(`${atomic}(${place}, ${update});`)
          } else if (combine === "set") values.store(buffer, index, update)
          else {
            const now = values.loadNow(buffer, index)
            values.store(buffer, index, combined(combine, buffer.dtype, now, update))
          }
        }),
    ),
  )
  return builder.finish(plainInvocations, groupsFor(iterations(spread)))
}
