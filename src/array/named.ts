/**
 * Arguments by name. What Python takes by place or by name is given here by place, or in one object
 * by name: `np.diff(x, 2, 0)` is `np.diff(x, { n: 2, axis: 0 })`.
 */

import type { Size } from "../size/index.ts"
import type { Array } from "./array.ts"
import { isPlainObject } from "./tracing/call.ts"

/** What stands for itself. */
type ByPlace = string | boolean | null | undefined | Size | readonly unknown[] | Array

/** Whether an argument is an object that holds it, and those after it, by their names. */
export function isNamed<T>(argument: T): argument is Exclude<T, ByPlace> {
  return isPlainObject(argument)
}
