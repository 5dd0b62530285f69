/** Casts between dtypes, and the same bits read as another one. */

import { type DType, dtypes, isFloat, isStorage } from "../../size/index.ts"
import { pushConstant } from "./constants.ts"
import { narrowMask, widenMask } from "./doubles.ts"
import type { ElementwiseSite, Rule } from "./elementwise-rule.ts"
import { decode, encode, extend, narrow } from "./narrow.ts"

/**
 * A narrow dtype is cast from and to the one that it is computed in alone: scheduling makes every
 * other cast of it out of those (see `widen`).
 */
export const cast: Rule<"cast"> = (site, [operand], from, { dtype: to }) => {
  site.push(operand)
  if (from === to || dtypes[from].computes === to) return
  if (isStorage(to) && dtypes[to].computes === from) narrow(site, to)
  else if (isStorage(from) || isStorage(to)) {
    throw new TypeError(`no instructions for a cast from ${from} to ${to}`)
  } else castWide(site, from, to)
}

function castWide(site: ElementwiseSite, from: DType, to: DType): void {
  const { f } = site
  if (to === "bool") {
    pushConstant(site, from, 0)
    if (from === "float64") {
      f.f64x2.ne()
      narrowMask(f)
    } else if (from === "float32") f.f32x4.ne()
    else f.i32x4.ne()
  } else if (from === "bool") {
    if (to === "float64") widenMask(f)
    pushConstant(site, to, 1)
    f.v128.and()
  } else if (to === "float64") {
    if (from === "float32") f.f64x2.promote_low_f32x4()
    else if (from === "int32") f.f64x2.convert_low_i32x4_s()
    else f.f64x2.convert_low_i32x4_u()
  } else if (from === "float64") {
    if (to === "float32") f.f32x4.demote_f64x2_zero()
    else if (to === "int32") f.i32x4.trunc_sat_f64x2_s_zero()
    else f.i32x4.trunc_sat_f64x2_u_zero()
  } else if (to === "float32") {
    if (from === "int32") f.f32x4.convert_i32x4_s()
    else f.f32x4.convert_i32x4_u()
  } else if (from === "float32") {
    if (to === "int32") f.i32x4.trunc_sat_f32x4_s()
    else f.i32x4.trunc_sat_f32x4_u()
  }
}

export const bitcast: Rule<"bitcast"> = (site, [operand], from, { dtype: to }) => {
  site.push(operand)
  if (from === to) return
  if (isStorage(from)) encode(site, from)
  if (!isStorage(to)) return
  if (!isFloat(to) || isFloat(from) || dtypes[from].kind === "signed") extend(site, bitsOf(to))
  decode(site, to)
}

/** The unsigned dtype with the bits of a narrow float; integers are their own. */
function bitsOf(dtype: DType): DType {
  return isFloat(dtype) ? "uint16" : dtype
}
