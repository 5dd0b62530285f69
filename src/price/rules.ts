/** The price of every primitive. */

import { type Equation, forElementwise, type Primitive } from "../graph/index.ts"
import {
  add,
  ceilLog2,
  elementsOf,
  floorDivide,
  isSymbolic,
  maximum,
  multiply,
  type Shape,
  type Size,
} from "../size/index.ts"
import { controlRules } from "./control.ts"
import {
  atOnce,
  type Cost,
  free,
  prefixTree,
  present,
  sortingNetwork,
  stepByStep,
  sumsOfProducts,
  tree,
} from "./cost.ts"
import { type Coverage, coverageAlong, coverageProduct, mostCovered, overAxes } from "./overlap.ts"

export type PriceRule<P extends Primitive> = (equation: Equation<P>) => Cost

/** What an equation costs. */
export function costOf<P extends Primitive>(equation: Equation<P>): Cost {
  const rule: PriceRule<P> = priceRules[equation.primitive]
  return rule(equation)
}

/** One operation for each element of the result: it is computed or moved there. */
const perElement = ({ results: [result] }: Equation): Cost => atOnce(elementsOf(result.shape))

const view = (): Cost => free

/** What is staged has no price: a graph is finished before it is priced. */
const unfinished = ({ primitive }: Equation): Cost => {
  throw new Error(`${primitive} is there only while derivatives are taken: finish the graph first`)
}

function extents(shape: Shape, axes: readonly number[]): Size {
  return multiply(...axes.map((axis) => shape[axis]))
}

function reduction<P extends "reduceSum" | "reduceProd" | "reduceMax" | "reduceMin">({
  operands: [operand],
  params,
  results: [result],
}: Equation<P>): Cost {
  const { axes }: { readonly axes: readonly number[] } = params
  return tree(extents(operand.shape, axes), elementsOf(result.shape))
}

/** One operation keeps the better of two elements with its index. */
function argReduction({
  operands: [operand],
  params: { axis },
  results: [result],
}: Equation<"argmax" | "argmin">): Cost {
  return tree(operand.shape[axis], elementsOf(result.shape))
}

function scan({
  operands: [operand],
  params: { axis },
}: Equation<"cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin">): Cost {
  return prefixTree(operand.shape[axis], others(operand.shape, axis))
}

/** Elements across the other axes. */
function others(shape: Shape, axis: number): Size {
  return multiply(...shape.filter((_, i) => i !== axis))
}

/**
 * Every window element is added once to zeros: c additions where c windows overlap, by a tree.
 */
function fold({ operands: [windows], params, results: [result] }: Equation<"fold">): Cost {
  const work = elementsOf(windows.shape)
  const rest = multiply(...result.shape.filter((_, axis) => !params.axes.includes(axis)))
  const positions = params.axes.map((axis) => windows.shape[axis])
  const most = overAxes(params, (i) => mostCovered(positions[i], params, i))
  if (positions.some(isSymbolic)) {
    return {
      work,
      span: multiply(present(work), ceilLog2(add(most, 1))),
      threads: work,
      at: () => work,
      bound:
        most === 1
          ? undefined
          : { measures: ["threads"], because: "windows of a symbolic size may overlap" },
    }
  }
  const coverage = positions.reduce<Coverage>(
    (all, n, i) => coverageProduct(all, coverageAlong(Number(n), params, i)),
    new Map([[1, 1]]),
  )
  return stepByStep(additionsPerStep(coverage), rest)
}

/** The trees over c + 1 values (the zero and c window elements) side by side. */
function additionsPerStep(coverage: Coverage): readonly number[] {
  const levels: number[] = []
  for (const [times, elements] of coverage) {
    const cost = tree(times + 1, elements)
    for (let step = 0; step < Number(cost.span); step++) {
      levels[step] = (levels[step] ?? 0) + Number(cost.at(step))
    }
  }
  return levels
}

/**
 * Every element that no update meets is moved; c updates that meet are combined with the element
 * by a tree. Where they meet is not known before the run.
 */
function scatter({ operands, results: [result] }: Equation<"scatter">): Cost {
  const elements = elementsOf(result.shape)
  const updates = elementsOf(operands[operands.length - 1].shape)
  if (updates === 0) return atOnce(elements)
  const meeting = elementsOf(operands[1].shape)
  const threads = add(elements, floorDivide(updates, 2))
  return {
    work: add(elements, updates),
    span: multiply(present(elements), maximum(1, ceilLog2(add(meeting, 1)))),
    threads,
    at: () => threads,
    bound: {
      measures: ["work", "span", "threads"],
      because: "how many updates of a scatter meet is known only when it runs",
    },
  }
}

function dot({ operands: [lhs], params, results: [result] }: Equation<"dot">): Cost {
  return sumsOfProducts(extents(lhs.shape, params.contract[0]), elementsOf(result.shape))
}

/** Zeros of padding and dilation are multiplied like any other element. */
function convolve({
  operands: [, kernel],
  params: { rhs },
  results: [result],
}: Equation<"convolve">): Cost {
  return sumsOfProducts(extents(kernel.shape, rhs.slice(1)), elementsOf(result.shape))
}

function sort({ operands: [operand], params: { axis } }: Equation<"sort">): Cost {
  return sortingNetwork(operand.shape[axis], others(operand.shape, axis))
}

const priceRules: { readonly [P in Primitive]: PriceRule<P> } = {
  ...forElementwise(perElement),
  stopGradient: view,
  full: view,
  iota: view,
  reshape: view,
  transpose: view,
  broadcast: view,
  slice: view,
  flip: view,
  windows: view,
  after: view,
  pad: perElement,
  concatenate: perElement,
  gather: perElement,
  dynamicSlice: perElement,
  dynamicUpdateSlice: perElement,
  fold,
  scatter,
  reduceSum: reduction,
  reduceProd: reduction,
  reduceMax: reduction,
  reduceMin: reduction,
  argmax: argReduction,
  argmin: argReduction,
  cumulativeSum: scan,
  cumulativeProd: scan,
  cumulativeMax: scan,
  cumulativeMin: scan,
  dot,
  convolve,
  sort,
  ...controlRules(costOf),
  pullback: unfinished,
  capture: unfinished,
}
