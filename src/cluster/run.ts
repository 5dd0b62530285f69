import type { Machine, Space } from "../hardware/index.ts"
import { spaceOf, wattsOf } from "../hardware/index.ts"
import type { Potential } from "../physics/index.ts"
import { dalyInterval, EARTH_SURFACE, failureStretch, spacetimeVolume } from "../physics/index.ts"
import { parametersOf } from "./count.ts"
import type { TokenBudget } from "./critical-batch.ts"
import { trainingAt } from "./critical-batch.ts"
import type { Layout } from "./layout.ts"
import { devicesOf } from "./layout.ts"
import type { Network } from "./network.ts"
import { tokensOf } from "./network.ts"

/** What a plan takes for granted about the place it runs in; each may be given. */
export type Site = {
  /** Which physical space a device is charged. */
  readonly space: Space
  readonly potential: Potential
  /** Hours that one device runs between failures that stop the job. */
  readonly hoursBetweenFailures: number
  /** Bytes a second that each device writes when states are saved. */
  readonly saveBytesPerSecond: number
  readonly restartSeconds: number
  readonly dollarsPerKilowattHour: number
  /** Years over which a bought device is written off, where no rent is known. */
  readonly yearsToWriteOff: number
}

/**
 * Chassis volume on the Earth's surface. A device fails every 50,000 hours: 419 unexpected stops of
 * 16,384 H100 in 54 days (Dubey et al. 2024, table 5; not looked up).
 */
export const defaultSite: Site = {
  space: "chassis",
  potential: EARTH_SURFACE,
  hoursBetweenFailures: 50_000,
  saveBytesPerSecond: 0.5e9,
  restartSeconds: 600,
  dollarsPerKilowattHour: 0.1,
  yearsToWriteOff: 4,
}

/** A whole training run on one layout. */
export type RunCost = {
  readonly devices: number
  readonly tokens: number
  readonly steps: number
  /** Seconds of computing, without failures. */
  readonly busySeconds: number
  /** Wall time over busy time: saving, failing, starting again. */
  readonly stretch: number
  readonly saveIntervalSeconds: number
  readonly saveSeconds: number
  readonly failures: number
  readonly wallSeconds: number
  readonly deviceHours: number
  readonly joules: number
  readonly watts: number
  readonly dollars: number
  /** "rent" by the hour, or "written off" purchase plus electricity. */
  readonly dollarsFrom: "rent" | "written off" | "unknown"
  readonly cubicMetres: number
  /** Spacetime volume, m³·s. */
  readonly spacetime: number
}

function dollarsFor(machine: Machine, site: Site, deviceHours: number, joules: number) {
  const { hour, sale } = machine.dollars
  if (hour !== undefined) return { dollars: hour.value * deviceHours, dollarsFrom: "rent" as const }
  if (sale === undefined) return { dollars: Number.NaN, dollarsFrom: "unknown" as const }
  const lifetime = site.yearsToWriteOff * 365.25 * 24
  const electricity = (joules / 3.6e6) * site.dollarsPerKilowattHour
  const dollars = (sale.value * deviceHours) / lifetime + electricity
  return { dollars, dollarsFrom: "written off" as const }
}

/**
 * What a run of `budget` takes when one step of `layout` takes `stepSeconds`. Energy is nameplate
 * power of device and chassis for the whole wall time.
 */
export function runCost(
  network: Network,
  machine: Machine,
  layout: Layout,
  stepSeconds: number,
  budget: TokenBudget,
  site: Site = defaultSite,
): RunCost {
  const devices = devicesOf(layout)
  const { tokens, steps } = trainingAt(budget, layout.globalBatch * tokensOf(network))
  const busySeconds = steps * stepSeconds
  const meanSecondsToFailure = (site.hoursBetweenFailures * 3600) / devices
  // Weights and Adam's states, written by all devices at once.
  const saveSeconds = Math.max(
    1e-3,
    (14 * parametersOf(network).total) / (site.saveBytesPerSecond * devices),
  )
  const interval = dalyInterval(saveSeconds, meanSecondsToFailure)
  const saveIntervalSeconds = Math.min(interval, Math.max(busySeconds, 1e-3))
  const stretch = failureStretch({
    intervalSeconds: saveIntervalSeconds,
    saveSeconds,
    restartSeconds: site.restartSeconds,
    meanSecondsToFailure,
  })
  const wallSeconds = busySeconds * stretch
  const deviceHours = (devices * wallSeconds) / 3600
  const watts = devices * wattsOf(machine).value
  const joules = watts * wallSeconds
  const cubicMetres = devices * spaceOf(machine, site.space).value
  return {
    devices,
    tokens,
    steps,
    busySeconds,
    stretch,
    saveIntervalSeconds,
    saveSeconds,
    failures: wallSeconds / meanSecondsToFailure,
    wallSeconds,
    deviceHours,
    joules,
    watts,
    ...dollarsFor(machine, site, deviceHours, joules),
    cubicMetres,
    spacetime: Number.isFinite(wallSeconds)
      ? spacetimeVolume(cubicMetres, wallSeconds, site.potential)
      : Number.POSITIVE_INFINITY,
  }
}
