/** A transformer block's training step. */

import { type Array, jit, nn, np, valueAndGrad } from "../../src/index.ts"
import { blockInputs, blockOptimiser, blockShapes, blockStart } from "../cases/block.ts"
import type { BlockWork } from "../cases/index.ts"
import { joined, type Runnable } from "../contestant.ts"
import { input } from "./tradespace-runs.ts"

/** Normalised along the last axis, scaled and shifted. */
export function layerNorm(x: Array, scale: Array, shift: Array): Array {
  return nn.standardize(x, -1).mul(scale).add(shift)
}

function blockLoss(
  parameters: readonly Array[],
  x: Array,
  target: Array,
  { batch, tokens, width, heads }: BlockWork,
): Array {
  const [s1, b1, qkv, out, outBias, s2, b2, w1, c1, w2, c2] = parameters
  const several = np.matmul(layerNorm(x, s1!, b1!), qkv!)
  const [q, k, v] = np
    .split(several, 3, -1)
    .map((part) => part.reshape([batch, tokens, heads, width / heads]))
  const attended = nn.dotProductAttention(q!, k!, v!).reshape([batch, tokens, width])
  const y = x.add(np.matmul(attended, out!).add(outBias!))
  const hidden = nn.gelu(np.matmul(layerNorm(y, s2!, b2!), w1!).add(c1!))
  const z = y.add(np.matmul(hidden, w2!).add(c2!))
  const difference = z.sub(target)
  return difference.mul(difference).mean()
}

/** A step of AdamW on arrays in order, after `count` steps. */
function blockStep(
  parameters: Array[],
  means: Array[],
  squares: Array[],
  count: Array,
  x: Array,
  target: Array,
  work: BlockWork,
) {
  const { rate, beta1, beta2, epsilon, weightDecay } = blockOptimiser
  const loss = (parameters: Array[]) => blockLoss(parameters, x, target, work)
  const [value, gradients] = valueAndGrad(loss)(parameters)
  const steps = count.add(1)
  const correction1 = np.power(beta1, steps).neg().add(1)
  const correction2 = np.power(beta2, steps).neg().add(1)
  const m = means.map((m, i) => m.mul(beta1).add(gradients[i]!.mul(1 - beta1)))
  const v = squares.map((v, i) => v.mul(beta2).add(np.square(gradients[i]!).mul(1 - beta2)))
  const moved = parameters.map((p, i) => {
    const step = m[i]!.div(correction1).div(np.sqrt(v[i]!.div(correction2)).add(epsilon))
    return p.sub(step.add(p.mul(weightDecay)).mul(rate))
  })
  return { value, moved, m, v, steps }
}

export function trainBlock(work: BlockWork): Runnable {
  const { batch, tokens, width } = work
  const given = blockInputs(work)
  const x = input(given.x, [batch, tokens, width])
  const target = input(given.target, [batch, tokens, width])
  const compiled = jit(
    (p: Array[], m: Array[], v: Array[], count: Array, x: Array, target: Array) =>
      blockStep(p, m, v, count, x, target, work),
    { donate: [0, 1, 2, 3] },
  )
  const shapes = blockShapes(work)
  let parameters = blockStart(work).map((data, i) => input(data, shapes[i]!))
  let means = parameters.map((parameter) => np.zerosLike(parameter))
  let squares = parameters.map((parameter) => np.zerosLike(parameter))
  let count = np.zeros([])
  let newest = new Float32Array(1)
  return {
    run: async () => {
      const { value, moved, m, v, steps } = compiled(parameters, means, squares, count, x, target)
      parameters = moved
      means = m
      squares = v
      count = steps
      newest = Float32Array.from(await value.data())
      value.dispose()
    },
    result: async () =>
      joined([newest, ...(await Promise.all(parameters.map((array) => array.data())))]),
  }
}
