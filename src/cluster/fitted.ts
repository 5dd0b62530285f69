import type { Machine } from "../hardware/index.ts"
import type { Constant, Constants, LinkConstants, Provenance } from "./constants.ts"
import { measuredMatrixFractions } from "./constants.ts"
import { fittedData } from "./fitted-data.ts"
import type { Precision } from "./layout.ts"
import type { Network } from "./network.ts"
import { matrixFractionOf } from "./rates.ts"

const { steps, links, prediction } = fittedData

/** Measured steps leave the matrix peak's fraction to what was published for each machine. */
const MATRIX_FRACTION = 0.8
const NETWORK_FRACTION = 0.9
const PROCESSOR_USE = 0.15
const FLASH_FRACTION = 0.55
/** Eight percent from the slowest to the fastest of most equal GPUs is 5.4 standard deviations. */
const SPEED_SPREAD = 0.08 / 5.4

type FittedLink = typeof links.switched | typeof links.mesh

function linkOf(link: FittedLink): LinkConstants {
  const { startSeconds, hopSeconds, fractions } = link
  return { startSeconds: startSeconds.value, hopSeconds: hopSeconds.value, fractions }
}

/** The constants that every plan uses unless it is given others. */
export const fittedConstants: Constants = {
  tailWaves: steps.tailWaves.value,
  memoryFraction: steps.memoryFraction.value,
  hostSeconds: steps.hostSeconds.value,
  stepSeconds: steps.stepSeconds.value,
  links: { switched: linkOf(links.switched), mesh: linkOf(links.mesh) },
  networkFraction: NETWORK_FRACTION,
  processorUse: PROCESSOR_USE,
  flashFraction: FLASH_FRACTION,
  speedSpread: SPEED_SPREAD,
  matrixFraction: MATRIX_FRACTION,
}

const stepTables = "775 step times of 1 to 512 A100 (vTrain), refitted by bench/planner.ts --fit"
const collectiveTables = "6,144 all-reduce times of A100 and V100 (vTrain)"

function fitted(
  found: { readonly value: number; readonly low: number; readonly high: number },
  source: string,
): Constant {
  return { ...found, provenance: "fitted", source }
}

function fixed(value: number, provenance: Provenance, source: string): Constant {
  return { value, low: value, high: value, provenance, source }
}

/** Every constant with its band and where it comes from, for reports. */
export function constantsReport(
  machine: Machine,
  precision: Precision = "bfloat16",
): Readonly<Record<string, Constant>> {
  const measured = measuredMatrixFractions.find((entry) => entry.machine.test(machine.name))
  const link = machine.links[0]?.topology === "mesh" ? links.mesh : links.switched
  return {
    "tail waves of a matrix product": fitted(steps.tailWaves, stepTables),
    "fraction of memory bandwidth": fitted(steps.memoryFraction, stepTables),
    "seconds to launch a layer forward": fitted(steps.hostSeconds, stepTables),
    "seconds outside all layers": fitted(steps.stepSeconds, stepTables),
    "seconds to start a collective": fitted(link.startSeconds, collectiveTables),
    "seconds for a hop": fitted(link.hopSeconds, collectiveTables),
    "fraction of the scale-up link": fitted(link.widest, collectiveTables),
    "fraction of the network": fixed(NETWORK_FRACTION, "published", "Calculon, a100_80g.json"),
    "processors that hidden communication takes": fixed(
      PROCESSOR_USE,
      "published",
      "Calculon, a100_80g.json, processor_usage of NVLink",
    ),
    "spread of equal devices' speed": fixed(
      SPEED_SPREAD,
      "assumed",
      "Sinha et al. 2022 find 8 % variation among equal GPUs, taken as 5.4 standard deviations",
    ),
    "fraction of the peak in attention on chip": fixed(
      FLASH_FRACTION,
      "assumed",
      "near the low end of the 50 to 73 % that Dao 2023 (FlashAttention-2) reports for the A100",
    ),
    "fraction of the matrix peak": fixed(
      matrixFractionOf(machine, precision, fittedConstants),
      measured === undefined ? "assumed" : "published",
      measured === undefined
        ? "not measured for this machine: the middle of those that were"
        : measured.source,
    ),
  }
}

/**
 * The interval that nine of ten measured times fall in, as factors of the prediction: what
 * leave-one-network-out showed, wider where a machine's rates or a network's layers were never
 * measured.
 */
export function predictionInterval(
  machine: Machine,
  network: Network,
): { readonly low: number; readonly high: number } {
  const measured = measuredMatrixFractions.some((entry) => entry.machine.test(machine.name))
  const unsure = Math.hypot(measured ? 0 : 0.25, network.kind === "transformer" ? 0 : 0.4)
  const low = Math.exp(-Math.hypot(Math.log(prediction.low), unsure))
  const high = Math.exp(Math.hypot(Math.log(prediction.high), unsure))
  return { low, high }
}
