/** What was learnt of a function as JavaScript source that needs nothing. */

import type { Learning } from "./learn.ts"

/** @throws RangeError when the name cannot be exported. */
export function functionSource({ machine, report }: Learning, name: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    throw new RangeError(`name is ${JSON.stringify(name)}, which must be an identifier`)
  }
  const { box, learnt, scaling } = machine
  const axes = JSON.stringify(box.axes)
  const columns = JSON.stringify(scaling.columns)
  const one = scaling.columns.length === 1
  return `// ${learnt.name} in place of a function: for ${100 * report.confidence} % of inputs drawn evenly from the
// domain its error is at most \`bound\`, by ${report.check.inputs} calls that were held out.

export const bound = ${report.bound}
export const confidence = ${report.confidence}

const axes = ${axes}
const columns = ${columns}

${learnt.source()}

function encode(input) {
  const x = []
  for (const axis of axes) {
    const value = input[axis.name]
    if (axis.kind === "words") {
      if (!axis.words.includes(value)) {
        throw new RangeError(axis.name + " is " + value + ", not one of " + axis.words.join(", "))
      }
      for (const word of axis.words) x.push(value === word ? 1 : 0)
    } else {
      const whole = axis.kind !== "int" || Number.isInteger(value)
      if (!(value >= axis.low && value <= axis.high && whole)) {
        throw new RangeError(axis.name + " is " + value + ", outside " + axis.low + " to " + axis.high)
      }
      x.push((2 * (value - axis.low)) / (axis.high - axis.low) - 1)
    }
  }
  return Float32Array.from(x)
}

export function ${name}(input) {
  const scaled = judge(encode(input))
  const values = columns.map(({ logarithm, mean, deviation }, o) => {
    const value = scaled[o] * deviation + mean
    return logarithm ? Math.exp(value) : value
  })
  return ${one ? "values[0]" : "values"}
}
`
}
