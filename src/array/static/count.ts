/** Numbers of elements that the type checker knows: products of literal extents, digit by digit. */

import type { Shape } from "../../size/index.ts"

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

/** Two digits' sum and product, tens before units. */
type Plus = [
  ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09"],
  ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10"],
  ["02", "03", "04", "05", "06", "07", "08", "09", "10", "11"],
  ["03", "04", "05", "06", "07", "08", "09", "10", "11", "12"],
  ["04", "05", "06", "07", "08", "09", "10", "11", "12", "13"],
  ["05", "06", "07", "08", "09", "10", "11", "12", "13", "14"],
  ["06", "07", "08", "09", "10", "11", "12", "13", "14", "15"],
  ["07", "08", "09", "10", "11", "12", "13", "14", "15", "16"],
  ["08", "09", "10", "11", "12", "13", "14", "15", "16", "17"],
  ["09", "10", "11", "12", "13", "14", "15", "16", "17", "18"],
]
type Times = [
  ["00", "00", "00", "00", "00", "00", "00", "00", "00", "00"],
  ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09"],
  ["00", "02", "04", "06", "08", "10", "12", "14", "16", "18"],
  ["00", "03", "06", "09", "12", "15", "18", "21", "24", "27"],
  ["00", "04", "08", "12", "16", "20", "24", "28", "32", "36"],
  ["00", "05", "10", "15", "20", "25", "30", "35", "40", "45"],
  ["00", "06", "12", "18", "24", "30", "36", "42", "48", "54"],
  ["00", "07", "14", "21", "28", "35", "42", "49", "56", "63"],
  ["00", "08", "16", "24", "32", "40", "48", "56", "64", "72"],
  ["00", "09", "18", "27", "36", "45", "54", "63", "72", "81"],
]

/** A number's digits, units first. */
type Digits = readonly Digit[]

type DigitsOf<
  Text extends string,
  Done extends Digits = [],
> = Text extends `${infer D extends Digit}${infer Rest}` ? DigitsOf<Rest, [D, ...Done]> : Done

type Add<A extends Digits, B extends Digits, Carry extends Digit = 0> = A extends readonly [
  infer X extends Digit,
  ...infer A1 extends Digits,
]
  ? B extends readonly [infer Y extends Digit, ...infer B1 extends Digits]
    ? Plus[X][Y] extends `${infer C extends Digit}${infer S extends Digit}`
      ? Plus[S][Carry] extends `${infer C2 extends Digit}${infer U extends Digit}`
        ? // At most one of both carries.
          [U, ...Add<A1, B1, C extends 1 ? 1 : C2>]
        : never
      : never
    : Carry extends 0
      ? A
      : Add<A, [Carry]>
  : Carry extends 0
    ? B
    : Add<[Carry], B>

type TimesDigit<A extends Digits, D extends Digit, Carry extends Digit = 0> = A extends readonly [
  infer X extends Digit,
  ...infer A1 extends Digits,
]
  ? Times[X][D] extends `${infer T extends Digit}${infer P extends Digit}`
    ? Plus[P][Carry] extends `${infer C extends Digit}${infer U extends Digit}`
      ? Plus[T][C] extends `${Digit}${infer Next extends Digit}`
        ? [U, ...TimesDigit<A1, D, Next>]
        : never
      : never
    : never
  : Carry extends 0
    ? []
    : [Carry]

type Multiply<A extends Digits, B extends Digits> = B extends readonly [
  infer D extends Digit,
  ...infer B1 extends Digits,
]
  ? B1 extends readonly []
    ? TimesDigit<A, D>
    : Add<TimesDigit<A, D>, [0, ...Multiply<A, B1>]>
  : []

type ProductOf<S extends Shape, Done extends Digits = [1]> = S extends readonly [
  infer N extends number,
  ...infer Rest extends Shape,
]
  ? ProductOf<Rest, Multiply<Done, DigitsOf<`${N}`>>>
  : Done

/** The number of elements of a shape of literal extents, as its digits. */
export type Count<S extends Shape> = 0 extends S[number] ? [0] : ProductOf<S>
