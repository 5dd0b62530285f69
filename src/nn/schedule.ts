/** Learning rates over time: functions of the step's number, usable inside traced functions. */

import { type Array, np } from "../array/index.ts"

/** From the number of the step (0, 1, …; a float32 scalar) to the rate. */
export type Schedule = (step: Array) => Array | number

/**
 * The same rate at every step.
 * @example schedules.constant(0.1)(np.array(5)) // → 0.1
 */
export function constant(rate: number): Schedule {
  return () => rate
}

/**
 * From `from` at step 0 in a straight line to `to` at step `steps`, then constant.
 * @example schedules.linear(1, 0, 4)(np.array(1)) // → 0.75
 */
export function linear(from: number, to: number, steps: number): Schedule {
  return (step) =>
    progress(step, steps)
      .mul(to - from)
      .add(from)
}

/**
 * Half a cosine from `rate` at step 0 to `end` at step `steps` (Loshchilov and Hutter 2017).
 * @example schedules.cosine(1, 4)(np.array(2)) // → 0.5
 */
export function cosine(rate: number, steps: number, end = 0): Schedule {
  return (step) =>
    np
      .cos(progress(step, steps).mul(Math.PI))
      .add(1)
      .mul((rate - end) / 2)
      .add(end)
}

/**
 * One cycle (Smith and Topin 2018): up in a straight line from `peak`/25 over the first `warmup`
 * share of the steps, then down half a cosine to `peak`/10,000.
 * @example schedules.oneCycle(1, 100)(np.array(25)) // → 1
 */
export function oneCycle(peak: number, steps: number, warmup = 0.25): Schedule {
  const rising = Math.max(1, Math.round(steps * warmup))
  const up = linear(peak / 25, peak, rising)
  const down = cosine(peak, Math.max(1, steps - rising), peak / 1e4)
  return (step) => np.where(step.less(rising), up(step), down(step.sub(rising)))
}

/**
 * `before` for the first `steps` steps, rising linearly from 0, then `after` from its own 0.
 * @example schedules.warmup(10, schedules.constant(0.1), 0.1)(np.array(5)) // → 0.05
 */
export function warmup(steps: number, after: Schedule, peak: number): Schedule {
  const rise = linear(0, peak, steps)
  return (step) => np.where(step.less(steps), rise(step), after(step.sub(steps)))
}

/** step/steps, held between 0 and 1. */
function progress(step: Array, steps: number): Array {
  return np.clip(step.div(steps), 0, 1)
}

/**
 * The rate of Vaswani et al. 2017 (equation 3): width^(−½) · min(step^(−½), step · warmup^(−3/2)),
 * steps counted from 1: up in a straight line, then down as one by the root of the steps.
 * @example schedules.inverseRoot(64, 4)(np.array(3)) // → 0.0625
 */
export function inverseRoot(width: number, warmup = 4000): Schedule {
  return (step) => {
    const count = step.add(1)
    const down = np.power(count, -0.5)
    return np.minimum(down, count.mul(warmup ** -1.5)).mul(width ** -0.5)
  }
}
