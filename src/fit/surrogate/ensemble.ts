/** Several small networks of one form, trained at once: every product is one batched contraction. */

import { type Array, nn as functions, grad, jit, lax, np, random } from "../../array/index.ts"
import { adam, type OptimizerState, schedules } from "../../nn/index.ts"

/** Weights of all members; the first axis counts them. */
export type EnsembleWeights = {
  /** [members, features, hidden] and [members, 1, hidden]. */
  readonly kernel1: Array
  readonly bias1: Array
  /** [members, hidden, hidden] and [members, 1, hidden]. */
  readonly kernel2: Array
  readonly bias2: Array
  /** [members, hidden, outputs] and [members, 1, outputs]. */
  readonly kernel3: Array
  readonly bias3: Array
}

export interface EnsembleSize {
  readonly members: number
  readonly hidden: number
  readonly features: number
  readonly outputs: number
}

/** Fresh weights, normal with variance 1/(inputs of the layer). */
export function initialEnsemble(key: Array, size: EnsembleSize): EnsembleWeights {
  const { members, hidden, features, outputs } = size
  const kernel = (number: number, from: number, to: number): Array =>
    random.normal(random.foldIn(key, number), [members, from, to]).mul(Math.sqrt(1 / from))
  const bias = (to: number): Array => np.zeros([members, 1, to])
  return {
    kernel1: kernel(1, features, hidden),
    bias1: random.normal(random.foldIn(key, 4), [members, 1, hidden]).mul(0.5),
    kernel2: kernel(2, hidden, hidden),
    bias2: bias(hidden),
    kernel3: kernel(3, hidden, outputs),
    bias3: bias(outputs),
  }
}

/** What every member says of every row: [rows, features] to [members, rows, outputs]. */
export function predictEnsemble(w: EnsembleWeights, x: Array): Array {
  const first = functions.silu(np.matmul(x, w.kernel1).add(w.bias1))
  const second = functions.silu(np.matmul(first, w.kernel2).add(w.bias2))
  return np.matmul(second, w.kernel3).add(w.bias3)
}

export interface TrainingPlan {
  readonly steps: number
  /** Most rows of one step. */
  readonly batch: number
  readonly rate: number
  /** Milliseconds after which the rest of the schedule is hurried through. */
  readonly milliseconds: number
  readonly signal: AbortSignal | undefined
}

/** Steps in one run of the program. */
const stride = 50

type State = OptimizerState<EnsembleWeights>

/**
 * Trains all members on all rows by Adam, the rate falling along half a cosine, from weights that
 * may have been trained before. Work: 6·steps·batch·weights.
 */
export async function trainEnsemble(
  start: EnsembleWeights,
  x: Array,
  y: Array,
  key: Array,
  plan: TrainingPlan,
): Promise<EnsembleWeights> {
  const rows = Number(x.shape[0])
  const batch = Math.min(plan.batch, rows)
  const rate = schedules.cosine(1, 1, 1e-3)
  const strideOf = jit(
    (w: EnsembleWeights, s: State, key: Array, done: Array, share: Array) => {
      const step = (i: Array, [weights, state]: readonly [EnsembleWeights, State]) => {
        const own = random.foldIn(key, i)
        const chosen = random.randint(own, [batch], 0, rows)
        const [xs, ys] = rows === batch ? [x, y] : [np.take(x, chosen, 0), np.take(y, chosen, 0)]
        const loss = (at: EnsembleWeights): Array =>
          np.square(predictEnsemble(at, xs).sub(ys)).mean()
        const gradients = grad(loss)(weights)
        const speed = np.multiply(rate(done.add(share.mul(i.astype("float32")))), plan.rate)
        const next = adam(() => speed).update(gradients, state, weights)
        return [next.parameters, next.state] as const
      }
      return lax.foriLoop(0, stride, step, [w, s] as const)
    },
    { donate: [0, 1] },
  )
  let weights = start
  let state: State = adam(0).initialize(start)
  const began = performance.now()
  let done = 0
  for (let i = 0; done < 1; i++) {
    plan.signal?.throwIfAborted()
    // A share of the schedule for each stride: the planned one, or more where time runs short.
    const spent = performance.now() - began
    const left = plan.milliseconds - spent
    const pace = i === 0 ? 0 : spent / i
    const planned = stride / plan.steps
    const hurried = left <= pace ? 1 - done : ((1 - done) * pace) / left
    const share = Math.min(1 - done, Math.max(planned, i === 0 ? 0 : hurried))
    const run = strideOf(
      weights,
      state,
      random.foldIn(key, i),
      np.array(done),
      np.array(share / stride),
    )
    ;[weights, state] = run
    await weights.bias3.data()
    done = done + share > 1 - 1e-9 ? 1 : done + share
  }
  return weights
}
