import type { EssayLine } from "./essay.ts"
import type { Explanation } from "./explain.ts"
import { describeLayout } from "./layout.ts"
import { tokensOf, unitOf } from "./network.ts"
import type { Estimate, Plan } from "./plan.ts"
import { bytes, count, duration, energy, money, percent, short } from "./units.ts"

/** Plans as text for people. */

function between(estimate: Estimate, format: (value: number) => string): string {
  if (Number.isNaN(estimate.value)) return "unknown: no price in the catalogue"
  return `${format(estimate.value)} (${format(estimate.low)} to ${format(estimate.high)} in nine cases of ten)`
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)
  return [title, ...lines].join("\n")
}

function stepRows(plan: Plan): readonly (readonly [string, string])[] {
  const { step } = plan
  if (step === undefined) return []
  const { time } = step
  const named: readonly (readonly [string, number])[] = [
    ["matrix products", time.products],
    ["memory-bound kernels", time.streaming],
    ["tensor messages, exposed", time.tensor],
    ["context messages, exposed", time.context],
    ["expert messages, exposed", time.expert],
    ["pipeline messages, exposed", time.pipeline],
    ["data messages, exposed", time.data],
    ["pipeline bubble", time.bubble],
    ["slowest device", time.slowest],
    ["optimiser", time.optimizer],
    ["offloading", time.offload],
    ["host", time.host],
    ["outside layers", time.fixed],
  ]
  const share = (value: number) => `${duration(value)}  ${percent(value / time.total)}`
  return [
    ...named.filter(([, value]) => value > 0).map(([name, value]) => [name, share(value)] as const),
    ["together", duration(time.total)],
    ["messages hidden beside", duration(time.hidden)],
  ]
}

function memoryRows(plan: Plan): readonly (readonly [string, string])[] {
  const { memory, machine } = plan
  if (memory === undefined) return []
  return [
    ["weights", bytes(memory.weights)],
    ["gradients", bytes(memory.gradients)],
    ["optimiser", bytes(memory.optimizer)],
    ["activations", bytes(memory.activations)],
    ["transient", bytes(memory.transient)],
    ["runtime", bytes(memory.runtime)],
    ["together", `${bytes(memory.total)} of ${bytes(machine.memoryBytes.value)}`],
  ]
}

/** A whole plan as text. */
export function planText(plan: Plan): string {
  const { network, machine, devices, budget, found, step, verdict } = plan
  const unit = unitOf(network)
  const title = `${network.name} on ${count(devices)} × ${machine.name}, ${count(budget.tokens)} ${unit}s`
  const parts = [title, ""]
  const binding = verdict.binding
  parts.push(
    section("verdict", [
      ["answer", verdict.word],
      [binding.slack < 1 ? "because of" : "nearest limit", `${binding.name}: ${binding.says}`],
      ["slack", `${short(binding.slack)} times`],
      ...(binding.change === undefined ? [] : [["nearest change", binding.change] as const]),
    ]),
    "",
  )
  if (
    found !== undefined &&
    step !== undefined &&
    plan.wallSeconds !== undefined &&
    plan.dollars !== undefined &&
    plan.joules !== undefined
  ) {
    const { cost } = found
    parts.push(
      section("plan", [
        ["layout", describeLayout(found.layout)],
        ["batch", `${count(found.layout.globalBatch * tokensOf(network))} ${unit}s`],
        ["wall time", between(plan.wallSeconds, duration)],
        ["money", between(plan.dollars, money)],
        ["energy", between(plan.joules, energy)],
        ["space", `${short(cost.cubicMetres)} m³`],
        ["spacetime", `${short(cost.spacetime)} m³·s`],
        ["steps", `${count(cost.steps)} of ${duration(found.stepSeconds)}`],
        ["throughput", `${count(step.tokensPerSecond)} ${unit}s/s`],
        ["MFU, HFU", `${percent(step.mfu)}, ${percent(step.hfu)}`],
        ["failures", `${short(cost.failures)}, saving every ${duration(cost.saveIntervalSeconds)}`],
        ...(cost.devices === devices
          ? []
          : [["devices used", `${count(cost.devices)} of ${count(devices)}`] as const]),
      ]),
      "",
      section("one step", stepRows(plan)),
      "",
      section("memory of the fullest device", memoryRows(plan)),
      "",
      section(
        "physical limits, times away",
        plan.physical.map((limit) => [limit.law, `${short(limit.slack)}   ${limit.formula}`]),
      ),
      "",
    )
  }
  parts.push(
    section(
      "rules, in order",
      verdict.rules.map((rule) => [
        `${rule.slack < 1 ? "✗" : "✓"} ${rule.name}`,
        `${rule.says} (slack ${short(rule.slack)})`,
      ]),
    ),
    "",
    section("in the words of constructor theory", [
      ["substrate", verdict.task.substrate],
      ["transformation", verdict.task.transformation],
      ["constructor", verdict.doneBy],
      ["counterfactual", verdict.counterfactual],
    ]),
    "",
    section(
      "constants",
      Object.entries(plan.constants).map(([name, { value, low, high, provenance, source }]) => [
        name,
        `${short(value)}${low === high ? "" : ` (${short(low)} to ${short(high)})`}, ${provenance}: ${source}`,
      ]),
    ),
    "",
    section(
      "datasheet",
      Object.entries(plan.datasheet).map(([name, { value, trust, source }]) => [
        name,
        `${short(value)}, ${trust}: ${source}`,
      ]),
    ),
  )
  return parts.join("\n")
}

/** Formulas with their numbers, one below the other. */
export function explanationText(parts: readonly Explanation[]): string {
  return parts.map(({ of, formula, filled }) => `${of}\n  ${formula}\n  ${filled}`).join("\n")
}

/** The essay's numbers as text. */
export function essayText(lines: readonly EssayLine[]): string {
  return lines
    .map(({ claim, essay, reproduced, today, convention }) =>
      section(claim, [
        ["essay", essay],
        ["reproduced", reproduced],
        ["today", today],
        ["convention", convention],
      ]),
    )
    .join("\n\n")
}
