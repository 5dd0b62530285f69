/**
 * MULTIPLY-N: the product of N numbers. One thread needs N − 1 steps; with ⌊N/2⌋ threads ⌈log₂ N⌉
 * are enough.
 *
 *     node examples/multiply.ts
 */

import { type Array, f32, jit, np, price, printPrice } from "../src/index.ts"

export function multiply(x: Array): Array {
  return np.prod(x)
}

if (import.meta.main) {
  console.log(`The price of a product of N numbers:\n\n${printPrice(price(multiply, f32("N")))}\n`)
  const numbers = [2, 3, 4, 5, 7]
  const product = await jit(multiply)(np.array(numbers)).data()
  console.log(`${numbers.join(" · ")} = ${product[0]}`)
}
