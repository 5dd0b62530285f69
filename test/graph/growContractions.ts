/** How random contractions and convolutions grow. */

import type { Variable } from "../../src/graph/index.ts"
import { concreteShape } from "../../src/size/index.ts"
import type { Soil } from "./soil.ts"

type Role = "batch" | "contract" | "free"

export function growContraction(soil: Soil): void {
  const { chance } = soil
  const lhs = soil.operand({ dtypes: soil.dtypes((d) => d !== "bool"), mostRank: 3 })
  const roles = lhs.shape.map(() => chance.pick<Role>(["batch", "contract", "contract", "free"]))
  const axes = (role: Role): number[] => roles.flatMap((r, axis) => (r === role ? [axis] : []))
  const [batch, contract] = [chance.shuffle(axes("batch")), chance.shuffle(axes("contract"))]
  // The right operand's axes, in some order: those paired with the left's, and free ones.
  const paired = [...batch, ...contract].map((axis) => ({ axis, extent: Number(lhs.shape[axis]) }))
  const free = soil.shape(chance.between(0, 2)).map((extent) => ({ axis: -1, extent }))
  const order = chance.shuffle([...paired, ...free])
  const place = (axis: number): number => order.findIndex((each) => each.axis === axis)
  const rhs = soil.like({ shape: order.map(({ extent }) => extent), dtype: lhs.dtype })
  const taken = new Set([...batch, ...contract])
  const result = [
    ...concreteShape(lhs.shape).filter((_, axis) => !taken.has(axis) || batch.includes(axis)),
    ...free.map(({ extent }) => extent),
  ]
  if (!soil.fits(result)) return
  const params = {
    contract: [contract, contract.map(place)],
    batch: [batch, batch.map(place)],
  } as const
  soil.grow("dot", [lhs, rhs], params, "rounded")
}

export function growConvolution(soil: Soil): void {
  const { chance } = soil
  const spatial = chance.between(0, 2)
  const each = (low: number, high: number): number[] =>
    Array.from({ length: spatial }, () => chance.between(low, high))
  const featureGroups = chance.pick([1, 1, 1, 2, 3])
  const batchGroups = featureGroups > 1 ? 1 : chance.pick([1, 1, 2, 3])
  const perGroup = chance.between(1, 2)
  const batch = batchGroups * chance.between(1, 2)
  const outFeatures = featureGroups * batchGroups * chance.between(1, 2)
  const input = [batch, featureGroups * perGroup, ...each(1, 6)]
  const kernel = [outFeatures, perGroup, ...each(1, 3)]
  const axes = input.map((_, axis) => axis)
  const params = {
    lhs: chance.shuffle(axes),
    rhs: chance.shuffle(axes),
    out: chance.shuffle(axes),
    strides: each(1, 3),
    padding: each(-1, 2).map((low): readonly [number, number] => [low, chance.between(-1, 2)]),
    lhsDilation: each(1, 2),
    rhsDilation: each(1, 2),
    featureGroups,
    batchGroups,
  }
  const dtype = chance.pick(soil.dtypes((d) => d !== "bool"))
  const operand = (extents: readonly number[], layout: readonly number[]): Variable => {
    const shape: number[] = []
    for (const [i, axis] of layout.entries()) shape[axis] = extents[i]
    return soil.like({ shape, dtype })
  }
  const operands = [operand(input, params.lhs), operand(kernel, params.rhs)]
  soil.grow("convolve", operands, params, "rounded")
}
