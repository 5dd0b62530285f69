/** The printed form of a program: kernels as loop nests, each axis with its place. */

import { type Axis, iterations } from "./axis.ts"
import type { Buffer, Index, Scalar } from "./expression.ts"
import { axesOf, type Kernel, piecesOf } from "./kernel.ts"
import type { Program } from "./program.ts"
import type { Step } from "./step.ts"

/** A program as text, for people and for tests. */
export function printProgram(program: Program): string {
  const names = new Names()
  return [...printSteps(program.steps, names), `arena ${program.arenaBytes} bytes`].join("\n")
}

function printSteps(steps: readonly Step[], names: Names): readonly string[] {
  const inside = (list: readonly Step[]): string[] =>
    printSteps(list, names).map((text) => text.replaceAll(/^/gm, "  "))
  return steps.flatMap((step, i) => {
    switch (step.kind) {
      case "repeat":
        return [
          `repeat ${names.of(step.counter)}<${step.counter.extent} ${step.counter.place}>:`,
          ...inside(step.steps),
        ]
      case "while":
        return [
          ...["while:", ...inside(step.condition)],
          ...[`  ${names.of(step.predicate)}:`, ...inside(step.steps)],
        ]
      case "branch":
        return step.branches.flatMap((branch, k) => [
          `where ${names.of(step.index)} is ${k}:`,
          ...inside(branch),
        ])
      default:
        return [`kernel ${i}: ${printKernel(step, names)}`]
    }
  })
}

class Names {
  readonly #names = new Map<object, string>()
  readonly #used = new Map<string, number>()

  of(object: Axis | Buffer): string {
    let name = this.#names.get(object)
    if (name === undefined) {
      const count = this.#used.get(object.name) ?? 0
      this.#used.set(object.name, count + 1)
      name = count === 0 ? object.name : `${object.name}_${count}`
      this.#names.set(object, name)
    }
    return name
  }
}

function printKernel(kernel: Kernel, names: Names): string {
  const axes = (list: readonly Axis[]): string =>
    list.map((axis) => `${names.of(axis)}<${axis.extent} ${axis.place}`).join(", ")
  const { space, time } = spaceAndTime(axesOf(kernel))
  const head = `${kernel.kind}, ${space} in space, ${time} in time, pieces ${piecesOf(kernel)}`
  const store = (buffer: Buffer, index: Index, value: string, sign = "="): string =>
    `  ${names.of(buffer)}[${printIndex(index, names)}] ${sign} ${value}`
  switch (kernel.kind) {
    case "loop":
      return [
        `${head}: for ${axes(kernel.axes)}${kernel.reduced.length > 0 ? `; reduce ${axes(kernel.reduced)}` : ""}`,
        ...kernel.accumulators.map(
          (a, i) => `  #${i} = ${a.combine} ${printScalar(a.value, names)}`,
        ),
        ...kernel.stores.map((s) => store(s.buffer, s.index, printScalar(s.value, names))),
      ].join("\n")
    case "contraction":
      return [
        `${head}: batch ${axes(kernel.batch)}; rows ${axes(kernel.rows)}; ` +
          `columns ${axes(kernel.columns)}; depth ${axes(kernel.depth)}`,
        `  lhs ${printScalar(kernel.lhs, names)}`,
        ...(kernel.window === undefined ? [] : [`  read from a box ${axes(kernel.window.axes)}`]),
        `  rhs ${kernel.rhs.kind === "panels" ? `panels ${names.of(kernel.rhs.buffer)}` : printScalar(kernel.rhs, names)}`,
        ...kernel.stores.map(({ buffer, index, value, summed }) =>
          store(buffer, index, printScalar(value, names), summed === undefined ? "=" : "+="),
        ),
      ].join("\n")
    case "scan":
      return [
        `${head}: for ${axes(kernel.axes)}; along ${axes([kernel.along])}`,
        store(kernel.buffer, kernel.index, `${kernel.combine} ${printScalar(kernel.value, names)}`),
      ].join("\n")
    case "scatter":
      return [
        `${head}: for ${axes(kernel.axes)}; steps ${axes(kernel.steps)}`,
        store(kernel.buffer, kernel.index, `${kernel.combine} ${printScalar(kernel.value, names)}`),
      ].join("\n")
    case "sort":
      return `${head}: ${kernel.rows.extent} rows of ${kernel.stretch} by ${kernel.keys} keys`
    case "merge":
      return `${head}: runs of ${kernel.run} in rows of ${kernel.extent} by ${kernel.keys} keys`
  }
}

function printIndex(index: Index, names: Names): string {
  const terms = index.terms.map(({ factor, atom }) => {
    const times = factor === 1 ? "" : `${factor}*`
    switch (atom.kind) {
      case "axis":
        return times + names.of(atom.axis)
      case "value":
        return `${times}(${printScalar(atom.value, names)})`
      case "quotient":
        return `${times}((${printIndex(atom.of, names)})/${atom.by})`
      case "remainder":
        return `${times}((${printIndex(atom.of, names)})%${atom.by})`
    }
    return atom satisfies never
  })
  if (index.constant !== 0 || terms.length === 0) terms.push(String(index.constant))
  return terms.join(" + ")
}

function printScalar(scalar: Scalar, names: Names): string {
  switch (scalar.kind) {
    case "constant":
      return String(scalar.value)
    case "index":
      return `int(${printIndex(scalar.index, names)})`
    case "load":
      return `${names.of(scalar.buffer)}[${printIndex(scalar.index, names)}]`
    case "apply":
      return `${scalar.primitive}(${scalar.operands.map((o) => printScalar(o, names)).join(", ")})`
    case "guard": {
      const where = scalar.conditions
        .map(({ index, low, high }) => `${low}≤${printIndex(index, names)}<${high}`)
        .join(" ∧ ")
      return `(${where} ? ${printScalar(scalar.value, names)} : ${printScalar(scalar.otherwise, names)})`
    }
    case "accumulator":
      return `#${scalar.number}`
  }
}

/**
 * Iterations of axes in space and in time: the threads and lanes that they could fill, and the steps
 * that each of those takes.
 */
export function spaceAndTime(axes: readonly Axis[]): { space: number; time: number } {
  return {
    space: iterations(axes.filter((axis) => axis.place !== "steps")),
    time: iterations(axes.filter((axis) => axis.place === "steps")),
  }
}
