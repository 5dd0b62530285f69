/**
 * A physical law as a value: what it limits, the formula, where it was proved, and a check that
 * tells how far above or below the limit a plan stands.
 */
export type Law<Given> = {
  readonly name: string
  /** `floor`: nothing actual lies below the limit. `ceiling`: nothing actual lies above it. */
  readonly bound: "floor" | "ceiling"
  /** What is limited, with its unit. */
  readonly quantity: string
  readonly unit: string
  /** The inequality in the letters that `symbols` explains. */
  readonly formula: string
  readonly symbols: { readonly [letter: string]: string }
  readonly source: string
  /** The limit in `unit`. Throws when a given number is not positive and finite. */
  readonly limit: (given: Given) => number
  /** Compares an actual number in `unit` with the limit. */
  readonly check: (given: Given, actual: number) => LawCheck
}

export type LawCheck = {
  readonly limit: number
  readonly actual: number
  /** How many times away from the limit on the allowed side; below 1 the law is broken. */
  readonly slack: number
  readonly satisfied: boolean
}

type Statement<Given> = Omit<Law<Given>, "limit" | "check"> & {
  readonly limitOf: (given: Given) => number
}

/** Makes a law of its statement; every given number is checked to be positive and finite. */
export function law<Given extends { readonly [name: string]: number }>(
  statement: Statement<Given>,
): Law<Given> {
  const { limitOf, ...described } = statement
  const limit = (given: Given) => {
    for (const [name, value] of Object.entries(given)) {
      if (!(value > 0 && value < Infinity)) {
        throw new Error(
          `${described.name}: ${name} is ${value}; it must be a positive finite number`,
        )
      }
    }
    return limitOf(given)
  }
  const check = (given: Given, actual: number): LawCheck => {
    if (!(actual >= 0)) {
      throw new Error(
        `${described.name}: the ${described.quantity} is ${actual}; it must be zero or more`,
      )
    }
    const bound = limit(given)
    const slack = described.bound === "floor" ? actual / bound : bound / actual
    return { limit: bound, actual, slack, satisfied: slack >= 1 }
  }
  return { ...described, limit, check }
}
