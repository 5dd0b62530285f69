/** How random equations of views and moves grow. */

import type { Variable, WindowParams } from "../../src/graph/index.ts"
import { concreteShape } from "../../src/size/index.ts"
import type { Soil } from "./soil.ts"

const axesOf = (x: Variable): number[] => x.shape.map((_, axis) => axis)

export function growReshape(soil: Soil): void {
  const x = soil.operand()
  const shape = concreteShape(x.shape)
  const elements = shape.reduce((a, b) => a * b, 1)
  soil.grow("reshape", [x], {
    shape: elements === 0 ? [0, soil.extent()] : factors(soil, elements),
  })
}

/** A shape of so many elements. */
function factors(soil: Soil, elements: number): number[] {
  const shape: number[] = []
  let left = elements
  while (left > 1 && shape.length < 3) {
    const divisors = Array.from({ length: left }, (_, i) => i + 1).filter((d) => left % d === 0)
    const factor = soil.chance.pick(divisors)
    shape.push(factor)
    left /= factor
  }
  if (left > 1 || soil.chance.happens(0.2)) shape.push(left)
  return shape
}

export function growBroadcast(soil: Soil): void {
  const x = soil.operand({ mostRank: 3 })
  const shape: number[] = []
  const axes: number[] = []
  const insert = (): void => {
    if (soil.chance.happens(0.3) && shape.length < 4) shape.push(soil.extent())
  }
  insert()
  for (const extent of concreteShape(x.shape)) {
    axes.push(shape.length)
    shape.push(extent === 1 ? soil.extent() : extent)
    insert()
  }
  if (soil.fits(shape)) soil.grow("broadcast", [x], { shape, axes })
}

export function growSlice(soil: Soil): void {
  const x = soil.operand({ leastRank: 1 })
  const bounds = concreteShape(x.shape).map((extent) => {
    const start = soil.chance.between(0, Math.min(extent, 2))
    return { start, limit: soil.chance.between(Math.min(extent, start + 1), extent) }
  })
  soil.grow("slice", [x], {
    starts: bounds.map(({ start }) => start),
    limits: bounds.map(({ limit }) => limit),
    strides: bounds.map(() => soil.chance.pick([1, 1, 2, 3])),
  })
}

export function growPad(soil: Soil): void {
  const x = soil.operand({ leastRank: 1 })
  const amounts = (most: number): number[] => x.shape.map(() => soil.chance.between(0, most))
  const params = {
    low: amounts(2),
    high: amounts(2),
    interior: amounts(1),
    value: soil.value(x.dtype),
  }
  const shape = concreteShape(x.shape).map((n, i) => 2 * n + params.low[i] + params.high[i])
  if (soil.fits(shape)) soil.grow("pad", [x], params)
}

export function growConcatenate(soil: Soil): void {
  const x = soil.operand({ leastRank: 1 })
  const axis = soil.chance.between(0, x.shape.length - 1)
  const parts = Array.from({ length: soil.chance.between(0, 2) }, () =>
    soil.like({ shape: x.shape.with(axis, soil.extent()), dtype: x.dtype }),
  )
  soil.grow("concatenate", soil.chance.shuffle([x, ...parts]), { axis })
}

/** Windows that fit some axes of an array. */
function windowParams(soil: Soil, shape: readonly number[]): WindowParams {
  const fitting = shape.flatMap((extent, axis) => (extent > 0 ? [axis] : []))
  const axes = soil.chance.shuffle(fitting).slice(0, soil.chance.between(0, 2))
  const shapes = axes.map((axis) => {
    const size = soil.chance.between(1, Math.min(3, shape[axis]))
    const most = size === 1 ? 2 : Math.floor((shape[axis] - 1) / (size - 1))
    return { size, dilation: soil.chance.between(1, Math.min(2, most)) }
  })
  return {
    axes,
    sizes: shapes.map(({ size }) => size),
    strides: axes.map(() => soil.chance.between(1, 3)),
    dilations: shapes.map(({ dilation }) => dilation),
  }
}

export function growWindows(soil: Soil): void {
  const x = soil.operand({ leastRank: 1, mostRank: 3 })
  soil.grow("windows", [x], windowParams(soil, concreteShape(x.shape)))
}

export function growFold(soil: Soil): void {
  const shape = soil.shape(soil.chance.between(1, 2), 1)
  const params = windowParams(soil, shape)
  const folded = [...shape]
  for (const [i, axis] of params.axes.entries()) {
    const span = (params.sizes[i] - 1) * params.dilations[i] + 1
    folded[axis] = Math.floor((shape[axis] - span) / params.strides[i]) + 1
  }
  const dtype = soil.chance.pick(soil.dtypes((d) => d !== "bool"))
  const x = soil.like({ shape: [...folded, ...params.sizes], dtype })
  const extents = params.axes.map((axis) => shape[axis])
  soil.grow("fold", [x], { ...params, extents }, "rounded")
}

/** Axes of an array to index, and index arrays for them; some indices are out of range. */
function places(soil: Soil, x: Variable): { axes: number[]; indices: Variable[]; shape: number[] } {
  const axes = soil.chance.shuffle(axesOf(x)).slice(0, soil.chance.between(1, x.shape.length))
  const shape = soil.shape(soil.chance.between(0, 2)).map((extent) => Math.min(extent, 5))
  const indices = axes.map(() => soil.like({ shape, dtype: "int32" }))
  return { axes, indices, shape }
}

export function growGather(soil: Soil): void {
  const x = soil.operand({ leastRank: 1, mostRank: 3, leastExtent: 1 })
  const { axes, indices } = places(soil, x)
  soil.grow("gather", [x, ...indices], { axes, mode: soil.chance.pick(["clip", "fill"]) })
}

export function growScatter(soil: Soil): void {
  const combine = soil.chance.pick(["add", "multiply", "minimum", "maximum", "set"] as const)
  const dtypes = soil.dtypes((d) => combine === "set" || d !== "bool")
  const precision = combine === "multiply" ? "exact" : "rounded"
  const x = soil.operand({ dtypes, leastRank: 1, mostRank: 3, leastExtent: 1, precision })
  const { axes, indices, shape } = places(soil, x)
  const rest = x.shape.filter((_, axis) => !axes.includes(axis))
  const updates = soil.like({ shape: [...shape, ...rest], dtype: x.dtype }, precision)
  const params = { axes, combine }
  soil.grow("scatter", [x, ...indices, updates], params, combine === "set" ? "exact" : "rounded")
}

const start = (soil: Soil): Variable => soil.like({ shape: [], dtype: "int32" })

export function growDynamicSlice(soil: Soil): void {
  const x = soil.operand({ leastRank: 1 })
  const sizes = concreteShape(x.shape).map((extent) => soil.chance.between(0, extent))
  soil.grow("dynamicSlice", [x, ...x.shape.map(() => start(soil))], { sizes })
}

export function growDynamicUpdateSlice(soil: Soil): void {
  const x = soil.operand({ leastRank: 1 })
  const shape = concreteShape(x.shape).map((extent) => soil.chance.between(0, extent))
  const update = soil.like({ shape, dtype: x.dtype })
  soil.grow("dynamicUpdateSlice", [x, update, ...x.shape.map(() => start(soil))], {})
}
