import { peakOf } from "../hardware/index.ts"
import { parametersOf, runFlop } from "./count.ts"
import { leastTokens } from "./critical-batch.ts"
import { describeLayout } from "./layout.ts"
import { unitOf } from "./network.ts"
import type { Asked, Limits, RuleResult } from "./rules.ts"
import { rules } from "./rules.ts"
import type { Found, SearchRequest } from "./search.ts"
import { bestLayoutWithin, referenceSamples, usableBytes } from "./search.ts"
import { bytes, count } from "./units.ts"

export type Verdict = {
  readonly possible: boolean
  readonly word: "possible" | "possible but dear" | "impossible"
  /** The rule that decides: the first broken law, else the first broken price, else the nearest. */
  readonly binding: RuleResult
  readonly rules: readonly RuleResult[]
  readonly task: { readonly substrate: string; readonly transformation: string }
  /** The constructor: what does the task and can do it again. */
  readonly doneBy: string
  readonly counterfactual: string
}

/** The task in the words of constructor theory. */
function taskOf(request: SearchRequest) {
  const { network, budget } = request
  const parameters = count(parametersOf(network).total)
  return {
    substrate: `${parameters} parameters of ${network.name} and ${count(budget.tokens)} ${unitOf(network)}s of data`,
    transformation: "parameters at random become parameters that predict the data",
  }
}

/**
 * Possible or impossible, which law decides, by how much, and what would change it. Impossible
 * only for laws; a plan that breaks a deadline, a budget or a power limit which more or other
 * machines would keep is possible but dear.
 */
export function verdictOf(
  request: SearchRequest,
  limits: Limits = {},
  found: Found | undefined = bestLayoutWithin(request),
): Verdict {
  const { network, machine, budget } = request
  const precision = request.fixed?.precision ?? "bfloat16"
  const asked: Asked = {
    request,
    limits,
    found,
    flop: runFlop(network, leastTokens(budget), { attention: "causal" }),
    peak: peakOf(machine, precision, request.unit).perSecond.value,
  }
  const results = rules.flatMap((rule) => rule(asked) ?? [])
  const layoutRule = noLayout(asked, results)
  const all = layoutRule === undefined ? results : [layoutRule, ...results]
  const law = all.find((rule) => rule.kind === "law" && rule.slack < 1)
  const price = all.find((rule) => rule.kind === "price" && rule.slack < 1)
  const nearest = all.reduce((a, b) => (b.slack < a.slack ? b : a))
  const binding = law ?? price ?? nearest
  const word =
    law !== undefined ? "impossible" : price === undefined ? "possible" : "possible but dear"
  const cluster = `${count(request.devices)} × ${machine.name}`
  const task = taskOf(request)
  const by = found === undefined ? "" : `, as ${describeLayout(found.layout)}`
  return {
    possible: law === undefined,
    word,
    binding,
    rules: all,
    task,
    doneBy: `${cluster}${by}: it ends as it began and can do the task again`,
    counterfactual:
      law === undefined
        ? `the task is possible for this constructor: no law forbids it, whether it is ever done or not`
        : `the task is impossible for this constructor, whoever programs it: ${law.name} forbids it`,
  }
}

/** States fit when perfectly cut, and yet no whole layout divides network, batch and devices. */
function noLayout({ request, found }: Asked, results: readonly RuleResult[]) {
  const memory = results.find((rule) => rule.name === "memory")
  if (found !== undefined || memory === undefined || memory.slack < 1) return undefined
  const { devices, network, machine } = request
  const power = 2 ** Math.ceil(Math.log2(devices))
  const rounder =
    power === devices ? "" : `a number of devices with more divisors, such as ${power}, `
  return {
    name: "layout",
    kind: "law",
    says: `no layout of ${network.name} with what is fixed, on ${count(devices)} devices or fewer, divides heads, layers and a batch of ${referenceSamples(network, request.budget)} samples and fits ${bytes(usableBytes(machine))}`,
    limit: 1,
    actual: 0,
    unit: "layouts",
    slack: 0,
    change: `${rounder}another batch, or less that is fixed`,
  } as const
}
