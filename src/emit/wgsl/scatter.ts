/**
 * Scatters. Updates whose order shows are made one after another by one invocation; integer sums
 * and extremes, whose order does not, by all invocations at once, as atomic operations.
 */

import { type Axis, iterations, type ScatterKernel } from "../../schedule/index.ts"
import { forEachInvocation, groupsFor, nest, plainInvocations } from "./pieces.ts"
import { combined } from "./reduction.ts"
import { type Shader, ShaderBuilder, type ShaderSite } from "./shader.ts"
import { typeOf } from "./types.ts"

const atomics = { sum: "atomicAdd", max: "atomicMax", min: "atomicMin" } as const

export function emitScatter(site: ShaderSite, kernel: ScatterKernel): Shader {
  const builder = new ShaderBuilder(site, [kernel.buffer])
  const { axes, steps, combine, buffer, index, value, when } = kernel
  const { text, values } = builder
  const isSpread = ({ place }: Axis): boolean => place !== "steps"
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
