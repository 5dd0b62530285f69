/**
 * A network trained by hand: the step is a pure function of arrays, so it can be priced before it
 * runs, and it is compiled to one program. Two interleaved spirals are told apart.
 *
 *     node examples/network.ts
 */

import {
  type Array,
  closeDevices,
  evalShape,
  f32,
  i32,
  jit,
  np,
  price,
  printPrice,
  random,
  u32,
  valueAndGrad,
} from "../src/index.ts"
import {
  activation,
  adamW,
  dense,
  losses,
  Network,
  type OptimizerState,
  schedules,
  type Variables,
} from "../src/nn/index.ts"

type Parameters = Variables["parameters"]
type State = { parameters: Parameters; optimizer: OptimizerState<Parameters>; loss: Array }

const steps = 600
const count = 400
const hidden = [dense(64), activation("gelu"), dense(64), activation("gelu")]
const network = new Network([2], [...hidden, dense(2)])
const optimizer = adamW(schedules.cosine(0.01, steps))

function begin(key: Array): State {
  const { parameters } = network.initialize(key)
  return { parameters, optimizer: optimizer.initialize(parameters), loss: np.zeros([]) }
}

function step(state: State, points: Array, classes: Array): State {
  const objective = (parameters: Parameters): Array =>
    losses.crossEntropy(network.apply({ parameters, state: {} }, points).output, classes)
  const [loss, gradients] = valueAndGrad(objective)(state.parameters)
  const next = optimizer.update(gradients, state.optimizer, state.parameters)
  return { parameters: next.parameters, optimizer: next.state, loss }
}

/** Points on two spirals with a little noise, [count, 2], and the spiral of each, [count]. */
function spirals(key: Array): [points: Array, classes: Array] {
  const number = np.arange(count)
  const classes = number.mod(2)
  const along = number.div(count)
  const angle = along.mul(3 * Math.PI).add(classes.mul(Math.PI))
  const points = np.stack([np.cos(angle), np.sin(angle)], 1).mul(along.expandDims(1))
  return [points.add(random.normal(key, [count, 2]).mul(0.01)), classes]
}

const shape = evalShape(begin, u32(2))
console.log(
  `The price of one step:\n\n${printPrice(price(step, shape, f32(count, 2), i32(count)))}\n`,
)

const [points, classes] = jit(spirals)(random.key(1))
const descend = jit(step, { donate: [0] })
let state = jit(begin)(random.key(0))
for (let i = 0; i < steps; i++) {
  state = descend(state, points, classes)
  if (i % 100 === 99)
    console.log(`step ${i + 1}: loss ${Number(await state.loss.item()).toFixed(4)}`)
}
const { output } = network.apply({ parameters: state.parameters, state: {} }, points)
const accuracy = Number(await losses.accuracy(output, classes).item())
console.log(`\n${(100 * accuracy).toFixed(1)} % of the points are told apart.`)
await closeDevices()
