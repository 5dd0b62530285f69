/** A table's preprocessing as ONNX: from one input for each column to what the network takes. */

import {
  type ColumnPart,
  cardinalityOf,
  type NumberFeature,
  type TableFeatures,
} from "../tables/features.ts"
import type { OnnxGraph } from "./graph.ts"

export interface FeatureNames {
  /** float[rows, numbers] */
  readonly numbers: string | undefined
  /** int64[rows] for each category column. */
  readonly categories: readonly { readonly codes: string; readonly cardinality: number }[]
}

/**
 * Inputs are named as the columns: numbers float[rows, 1] with NaN for missing ones, dates
 * double[rows, 1] as days since 1970-01-01, categories string[rows, 1] with "" for missing ones.
 */
export function addFeatures(graph: OnnxGraph, features: TableFeatures): FeatureNames {
  const inputs = new Map<string, string>()
  const dates = new Set(
    features.numbers.filter(({ part }) => isDatePart(part)).map(({ column }) => column),
  )
  const inputOf = (column: string): string => {
    const known = inputs.get(column)
    if (known !== undefined) return known
    const name = graph.input(column, dates.has(column) ? "double" : "float")
    inputs.set(column, name)
    return name
  }
  const numbers = features.numbers.map((feature) =>
    addNumber(graph, feature, inputOf(feature.column), dates.has(feature.column)),
  )
  const categories = features.categories.map((feature) => {
    const offset = feature.missing ? 2 : 1
    const keys = feature.missing ? ["", ...feature.categories] : feature.categories
    const values = keys.map((_, i) => i + (feature.missing ? offset - 1 : offset))
    const text = graph.input(feature.column, "string")
    const codes = graph.add(
      "LabelEncoder",
      [text],
      { keys_strings: keys, values_int64s: values, default_int64: 0 },
      "ai.onnx.ml",
    )
    const flat = graph.add("Reshape", [codes, graph.constant([-1], [1], "int64")])
    return { codes: flat, cardinality: cardinalityOf(feature) }
  })
  const joined = numbers.length === 0 ? undefined : graph.add("Concat", numbers, { axis: 1 })
  return { numbers: joined, categories }
}

function isDatePart(part: ColumnPart): boolean {
  return part === "days" || part === "month" || part === "weekday" || part === "hour"
}

/** One feature: float[rows, 1]. */
function addNumber(
  graph: OnnxGraph,
  feature: NumberFeature,
  input: string,
  isDate: boolean,
): string {
  const { knots, scores, median, part } = feature
  if (part === "missing") {
    return graph.add("Cast", [graph.add("IsNaN", [asFloat(graph, input, isDate)])], { to: 1 })
  }
  const value = part === "value" ? input : asFloat(graph, addPart(graph, input, part), true)
  const isMissing = graph.add("IsNaN", [value])
  const known = graph.add("Where", [isMissing, graph.constant([median]), value])
  // A sum of ramps, one between each two knots: the straight lines between their scores.
  const lows = graph.constant(knots.slice(0, -1))
  const slopes = graph.constant(knots.slice(1).map((knot, i) => 1 / (knot - knots[i])))
  const steps = scores.slice(1).map((score, i) => score - scores[i])
  const ramp = graph.add("Mul", [graph.add("Sub", [known, lows]), slopes])
  const held = graph.add("Clip", [ramp, graph.constant([0], []), graph.constant([1], [])])
  const rise = graph.add("MatMul", [held, graph.constant(steps, [steps.length, 1])])
  return graph.add("Add", [rise, graph.constant([scores[0]])])
}

function asFloat(graph: OnnxGraph, input: string, isDouble: boolean): string {
  return isDouble ? graph.add("Cast", [input], { to: 1 }) : input
}

/**
 * A date's part of its days since 1970-01-01. The month by H. Hinnant, "chrono-compatible low-level
 * date algorithms" (2013), civil_from_days.
 */
function addPart(graph: OnnxGraph, input: string, part: ColumnPart): string {
  const number = (value: number): string => graph.constant([value], [1], "double")
  const op = (type: string, a: string, b: string | number): string =>
    graph.add(type, [a, typeof b === "number" ? number(b) : b])
  const floor = (a: string): string => graph.add("Floor", [a])
  const whole = floor(input)
  switch (part) {
    case "hour":
      return op("Mul", op("Sub", input, whole), 24)
    case "weekday": {
      const shifted = op("Add", whole, 4)
      return op("Sub", shifted, op("Mul", floor(op("Div", shifted, 7)), 7))
    }
    case "month": {
      const days = op("Add", whole, 719_468)
      const dayOfEra = op("Sub", days, op("Mul", floor(op("Div", days, 146_097)), 146_097))
      const over = (by: number): string => floor(op("Div", dayOfEra, by))
      const evened = op(
        "Sub",
        op("Add", op("Sub", dayOfEra, over(1460)), over(36_524)),
        over(146_096),
      )
      const year = floor(op("Div", evened, 365))
      const leaps = op("Sub", floor(op("Div", year, 4)), floor(op("Div", year, 100)))
      const dayOfYear = op("Sub", dayOfEra, op("Add", op("Mul", year, 365), leaps))
      const fromMarch = floor(op("Div", op("Add", op("Mul", dayOfYear, 5), 2), 153))
      const early = graph.add("Less", [fromMarch, number(10)])
      return graph.add("Where", [early, op("Add", fromMarch, 3), op("Sub", fromMarch, 9)])
    }
    default:
      return input
  }
}
