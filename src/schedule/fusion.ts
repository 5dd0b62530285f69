/**
 * Which values get memory. Views, elementwise maths and indexed reads melt into the kernels that
 * use them; a value is stored when it is an output, when a kernel of its own computes it, or when
 * several kernels would each compute it again at a cost.
 */

import {
  type ElementwisePrimitive,
  type Equation,
  type Graph,
  isElementwise,
  isEquation,
  type Primitive,
  usersOf,
  type Variable,
} from "../graph/index.ts"
import { elementsOf } from "../size/index.ts"
import { isDear } from "./cost/kinds.ts"
import { equationsAgain, noPlaces, PlaceFinder, type Places } from "./places.ts"

/** Primitives by which a kernel reads elsewhere than it writes. */
const moves: ReadonlySet<Primitive> = new Set<Primitive>([
  "transpose",
  "slice",
  "flip",
  "windows",
  "pad",
  "gather",
  "dynamicSlice",
])

/** Primitives that melt into their users, apart from the elementwise ones. */
const fusible: ReadonlySet<Primitive> = new Set<Primitive>([
  ...moves,
  "full",
  "iota",
  "reshape",
  "broadcast",
  "after",
])

export function isFusible(primitive: Primitive): boolean {
  return isElementwise(primitive) || fusible.has(primitive)
}

/**
 * Roughly how many simple instructions one element of a primitive takes; where not named, 15 of the
 * dear ones and 1 of the others.
 */
const elementCost: { readonly [P in ElementwisePrimitive]?: number } = {
  cast: 0,
  bitcast: 0,
  stopGradient: 0,
  divide: 3,
  sqrt: 3,
  rsqrt: 4,
  threefry: 100,
  power: 40,
  remainder: 20,
  atan2: 30,
}

/** Cost of one element of an equation's result, apart from its operands. */
export function costOf(primitive: Primitive): number {
  if (isElementwise(primitive)) return elementCost[primitive] ?? (isDear(primitive) ? 15 : 1)
  if (primitive === "gather" || primitive === "dynamicSlice") return 4
  return primitive === "pad" ? 2 : 0
}

/** Cost up to which a value is computed again by each of several kernels that use it. */
const cheap = 4

/** What computing one element of a melted value again takes. */
interface Melted {
  /** The equations to evaluate, each once. */
  readonly equations: ReadonlySet<Equation>
  /** The stored values to read that are as large as the value itself, or larger. */
  readonly reads: ReadonlySet<Variable>
  readonly cost: number
  /** The longest chain of equations: what evaluates an expression goes that deep. */
  readonly depth: number
  readonly places: Places
}

/** Beyond this many equations a value is dear whatever they are. */
const manyEquations = 32

/** Chains of equations are stored after so many, lest expressions grow without bound. */
const deepest = 200

/**
 * Values are stored in which more equations than these are evaluated again at other places. In sums
 * of what is read here and there, as of a Fourier transform's gradient, each step would double them.
 */
const manyAgain = 64

const free: Melted = {
  equations: new Set(),
  reads: new Set(),
  cost: 0,
  depth: 0,
  places: noPlaces,
}

/** The variables that need memory: outputs and everything that is not melted into its users. */
export function chooseStored(graph: Graph): ReadonlySet<Variable> {
  const stored = new Set<Variable>(graph.inputs)
  for (const output of graph.outputs) stored.add(output)
  for (const equation of graph.equations) {
    if (!isFusible(equation.primitive)) for (const r of equation.results) stored.add(r)
  }
  const users = usersOf(graph)
  const melted = new Map<Variable, Melted>()
  const finder = new PlaceFinder()
  for (const equation of graph.equations) {
    if (!isFusible(equation.primitive)) continue
    const [result] = equation.results
    const state = meltedState(equation, stored, melted, finder)
    const deep = state.depth >= deepest || equationsAgain(state.places) > manyAgain
    if (!stored.has(result) && (deep || mustStore(result, state, users.get(result) ?? []))) {
      stored.add(result)
    }
    melted.set(result, state)
  }
  return keepOneRoot(graph, stored, users, melted)
}

function meltedState(
  equation: Equation,
  stored: ReadonlySet<Variable>,
  melted: ReadonlyMap<Variable, Melted>,
  finder?: PlaceFinder,
): Melted {
  const inside: { operand: Variable; places: Places; equations: number }[] = []
  const equations = new Set<Equation>([equation])
  const reads = new Set<Variable>()
  const size = Number(elementsOf(equation.results[0].shape))
  let depth = 1
  for (const operand of equation.operands) {
    const large = Number(elementsOf(operand.shape)) * 4 > size
    if (stored.has(operand)) {
      if (large) reads.add(operand)
      continue
    }
    const state = melted.get(operand) ?? free
    depth = Math.max(depth, state.depth + 1)
    if (large) for (const read of state.reads) reads.add(read)
    if (equations.size <= manyEquations) for (const e of state.equations) equations.add(e)
    if (state.cost > 0)
      inside.push({ operand, places: state.places, equations: state.equations.size })
  }
  let cost = equations.size > manyEquations ? Number.POSITIVE_INFINITY : 0
  for (const e of equations) cost += costOf(e.primitive)
  return { equations, reads, cost, depth, places: finder?.of(equation, inside) ?? noPlaces }
}

/** Values that their users would compute over and over again. */
function mustStore(variable: Variable, state: Melted, users: readonly Equation[]): boolean {
  if (state.cost === 0) return false
  if (users.some((user) => usesInside(user, variable, state.cost))) return true
  const size = Number(elementsOf(variable.shape))
  return users.some((user) => {
    // A convolution reads each element once for every tap of its kernel.
    if (isEquation(user, "convolve")) return true
    if (isEquation(user, "dot")) return state.cost > 12
    if (state.cost <= cheap) return false
    if (user.primitive === "windows" || user.primitive === "fold") return true
    if (user.primitive === "gather") return Number(elementsOf(user.results[0].shape)) > size
    // A value that is broadcast is computed once per copy, unless it is computed from one element.
    return user.primitive === "broadcast" && size > 1
  })
}

/** Whether the steps of control flow read a variable, which may be as often as they run. */
function usesInside(user: Equation, variable: Variable, cost: number): boolean {
  if (isEquation(user, "cond")) return user.operands.includes(variable, 1)
  if (isEquation(user, "while")) {
    const { conditionConsts, bodyConsts } = user.params
    return user.operands.slice(0, conditionConsts + bodyConsts).includes(variable)
  }
  if (!isEquation(user, "loop")) return false
  const { consts, carries } = user.params
  // A row is read by one step alone.
  const isRow = user.operands.includes(variable, consts + carries)
  return user.operands.slice(0, consts).includes(variable) || (isRow && cost > cheap)
}

/**
 * Stores the values that more than one kernel needs, unless they are cheap to compute again and
 * read no more memory than they would take themselves.
 */
function keepOneRoot(
  graph: Graph,
  stored: Set<Variable>,
  users: ReadonlyMap<Variable, readonly Equation[]>,
  melted: ReadonlyMap<Variable, Melted>,
): ReadonlySet<Variable> {
  const roots = new Map<Variable, ReadonlySet<Equation>>()
  const kept = new Set<Variable>()
  for (let i = graph.equations.length - 1; i >= 0; i--) {
    const equation = graph.equations[i]
    if (!isFusible(equation.primitive)) continue
    const [result] = equation.results
    const needed = new Set<Equation>()
    for (const user of users.get(result) ?? []) {
      const melts = isFusible(user.primitive) && !stored.has(user.results[0])
      if (!melts) needed.add(user)
      else for (const root of roots.get(user.results[0]) ?? []) needed.add(root)
    }
    const state = melted.get(result)
    const again = isCheapAgain(state, needed)
    // Of a value and its copies, the value is smaller: the same kernels need it.
    const copies = isEquation(equation, "broadcast")
    if (!stored.has(result) && needed.size > 1 && !again && !copies) {
      stored.add(result)
      if (!isPackedAgain(state, needed)) kept.add(result)
    }
    roots.set(result, needed)
  }
  meltAgain(graph, stored, kept)
  keepInstead(graph, stored, users)
  return stored
}

/** Whether each of the kernels that need a value may as well compute it for itself. */
function isCheapAgain(state: Melted | undefined, needed: ReadonlySet<Equation>): boolean {
  if (state === undefined || isPackedAgain(state, needed)) return false
  return state.cost <= cheap && state.reads.size <= 1
}

/**
 * Whether several products of matrices would compute a value while they pack it, each as often as it
 * has blocks on the other side. Stored by the kernel that makes what it is computed from, it is read
 * where it lies.
 */
function isPackedAgain(state: Melted | undefined, needed: ReadonlySet<Equation>): boolean {
  if (state === undefined || state.cost === 0) return false
  return [...needed].filter((user) => isEquation(user, "dot")).length > 1
}

/**
 * Melts what was kept because it was dear, but is cheap given that what it is computed from is kept
 * as well: of a hyperbolic tangent and (1 + tanh x)/2, the former alone.
 */
function meltAgain(graph: Graph, stored: Set<Variable>, kept: ReadonlySet<Variable>): void {
  const melted = new Map<Variable, Melted>()
  for (const equation of graph.equations) {
    if (!isFusible(equation.primitive)) continue
    const [result] = equation.results
    const state = meltedState(equation, stored, melted)
    if (kept.has(result) && state.cost <= cheap && state.reads.size <= 1) stored.delete(result)
    melted.set(result, state)
  }
}

/**
 * Stores what is computed from several values in their place, where the kernel that makes them is
 * otherwise alone in needing them: the slope of an activation rather than what it is computed from.
 * Stores that nobody reads are dropped later.
 */
function keepInstead(
  graph: Graph,
  stored: Set<Variable>,
  users: ReadonlyMap<Variable, readonly Equation[]>,
): void {
  const given = new Set([...graph.inputs, ...graph.outputs])
  const melted = new Map<Variable, Melted>()
  // The value whose kernel may well make a stored one, too.
  const homes = new Map<Variable, Variable>()
  const candidates: { readonly value: Variable; readonly reads: ReadonlySet<Variable> }[] = []
  for (const equation of graph.equations) {
    const [result] = equation.results
    if (!isFusible(equation.primitive)) {
      for (const each of equation.results) homes.set(each, each)
      continue
    }
    const state = meltedState(equation, stored, melted)
    melted.set(result, state)
    const reads = new Set([...state.reads].filter((read) => !given.has(read)))
    const home = oneHome(reads, homes)
    const isOwn = [...state.equations].every(({ primitive }) => !moves.has(primitive))
    if (stored.has(result)) homes.set(result, (isOwn && home) || result)
    else if (reads.size > 1 && home !== undefined && isOwn)
      candidates.push({ value: result, reads })
  }
  for (const { value, reads } of candidates.reverse()) {
    const home = oneHome(reads, homes)
    const isFrom = (root: Variable | undefined): boolean =>
      root !== undefined && (root === value || homes.get(root) === home)
    stored.add(value)
    const isNeeded = !rootsOf(value, stored, users).every(isFrom)
    const isAll = [...reads].every((read) => rootsOf(read, stored, users).every(isFrom))
    if (home !== undefined && isNeeded && isAll) homes.set(value, home)
    else stored.delete(value)
  }
}

function oneHome(
  values: ReadonlySet<Variable>,
  homes: ReadonlyMap<Variable, Variable>,
): Variable | undefined {
  const found = new Set([...values].map((value) => homes.get(value)))
  const [home] = found
  return found.size === 1 ? home : undefined
}

/** The stored values that a value melts into, and undefined for kernels that it is an operand of. */
function rootsOf(
  value: Variable,
  stored: ReadonlySet<Variable>,
  users: ReadonlyMap<Variable, readonly Equation[]>,
): readonly (Variable | undefined)[] {
  const found = new Set<Variable | undefined>()
  const seen = new Set<Variable>()
  const open = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { primitive, results } of users.get(next) ?? []) {
      const [result] = results
      if (!isFusible(primitive)) found.add(undefined)
      else if (stored.has(result)) found.add(result)
      else if (!seen.has(result)) {
        seen.add(result)
        open.push(result)
      }
    }
  }
  return [...found]
}
