/** Optimisers: from gradients to new parameters. Pure, so that a training step is one program. */

import { type Array, np } from "../array/index.ts"
import { constant, type Schedule } from "./schedule.ts"
import { type ArrayTree, arraysOf, mapArrays } from "./tree.ts"

export interface Optimizer {
  readonly name: string
  /** The state before the first step, for parameters of this form. */
  initialize<T extends ArrayTree>(parameters: T): OptimizerState<T>
  /** One step down. */
  update<T extends ArrayTree>(
    gradients: T,
    state: OptimizerState<T>,
    parameters: T,
  ): { readonly parameters: T; readonly state: OptimizerState<T> }
}

export type OptimizerState<T extends ArrayTree> = {
  /** Steps taken, a float32 scalar. */
  readonly step: Array
  /** Running moments, each of the parameters' form. */
  readonly moments: readonly T[]
}

type Rate = number | Schedule

/**
 * Stochastic gradient descent: m ← momentum·m + g; p ← p − rate·m, or with Nesterov's look-ahead
 * p ← p − rate·(g + momentum·m) (Sutskever et al. 2013). Weight decay adds decay·p to g.
 * @example
 * const [method, w] = [sgd(0.1), [np.array([1])]]
 * method.update([np.array([2])], method.initialize(w), w).parameters // → [[0.8]]
 */
export function sgd(
  rate: Rate,
  options: { momentum?: number; nesterov?: boolean; weightDecay?: number } = {},
): Optimizer {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options
  const schedule = scheduleOf(rate)
  return {
    name: "sgd",
    initialize: (parameters) => initial(parameters, momentum === 0 ? 0 : 1),
    update(gradients, state, parameters) {
      const speed = schedule(state.step)
      const decayed =
        weightDecay === 0
          ? gradients
          : mapArrays((g, p) => g.add(p.mul(weightDecay)), gradients, parameters)
      const [velocity] = state.moments
      if (velocity === undefined) {
        const moved = mapArrays((p, g) => p.sub(g.mul(speed)), parameters, decayed)
        return { parameters: moved, state: next(state, []) }
      }
      const faster = mapArrays((m, g) => m.mul(momentum).add(g), velocity, decayed)
      const moved = mapArrays(
        (p, m, g) => p.sub((nesterov ? m.mul(momentum).add(g) : m).mul(speed)),
        parameters,
        faster,
        decayed,
      )
      return { parameters: moved, state: next(state, [faster]) }
    },
  }
}

interface AdamOptions {
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
}

/**
 * Adam (Kingma and Ba 2015), with bias correction.
 * @example
 * const [method, w] = [adam(0.1), [np.array([1])]]
 * method.update([np.array([2])], method.initialize(w), w).parameters // → [[0.9]]
 */
export function adam(rate: Rate, options: AdamOptions = {}): Optimizer {
  return { ...adamW(rate, { ...options, weightDecay: 0 }), name: "adam" }
}

/**
 * Adam with decay apart from the gradient: p ← p − rate·(step + decay·p) (Loshchilov 2019).
 * @example
 * const [method, w] = [adamW(0.1), [np.array([1])]]
 * method.update([np.array([2])], method.initialize(w), w).parameters // → [[0.899]]
 */
export function adamW(
  rate: Rate,
  options: AdamOptions & { readonly weightDecay?: number } = {},
): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options
  const schedule = scheduleOf(rate)
  return {
    name: "adamW",
    initialize: (parameters) => initial(parameters, 2),
    update(gradients, state, parameters) {
      const [first, second] = state.moments
      const count = state.step.add(1)
      const speed = schedule(state.step)
      const mean = mapArrays((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), first, gradients)
      const square = mapArrays(
        (v, g) => v.mul(beta2).add(g.mul(g).mul(1 - beta2)),
        second,
        gradients,
      )
      const correction1 = np.power(beta1, count).neg().add(1)
      const correction2 = np.power(beta2, count).neg().add(1)
      const moved = mapArrays(
        (p, m, v) => {
          const step = m.div(correction1).div(np.sqrt(v.div(correction2)).add(epsilon))
          const decayed = weightDecay === 0 ? step : step.add(p.mul(weightDecay))
          return p.sub(decayed.mul(speed))
        },
        parameters,
        mean,
        square,
      )
      return { parameters: moved, state: next(state, [mean, square]) }
    },
  }
}

/**
 * Gradients scaled down together so that their norm over all is at most `norm`.
 * @example clipByGlobalNorm([np.array([3, 4])], 1) // → [[0.6, 0.8]]
 */
export function clipByGlobalNorm<T extends ArrayTree>(gradients: T, norm: number): T {
  const squares = arraysOf(gradients).map((g) => g.mul(g).sum())
  const total = np.sqrt(squares.reduce((a, b) => a.add(b)))
  const scale = np.minimum(1, np.divide(norm, np.maximum(total, 1e-12)))
  return mapArrays((g) => g.mul(scale), gradients)
}

function scheduleOf(rate: Rate): Schedule {
  return typeof rate === "number" ? constant(rate) : rate
}

function initial<T extends ArrayTree>(parameters: T, moments: number): OptimizerState<T> {
  const zeros = (): T => mapArrays((p) => np.zerosLike(p), parameters)
  return {
    step: np.zeros([]),
    moments: globalThis.Array.from({ length: moments }, zeros),
  }
}

function next<T extends ArrayTree>(
  state: OptimizerState<T>,
  moments: readonly T[],
): OptimizerState<T> {
  return { step: state.step.add(1), moments }
}
