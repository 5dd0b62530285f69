/** Devices to choose among, with what is known of each. */

import type { Calibration } from "../calibration.ts"
import { calibrationOf, knownCalibrationOf } from "../calibration-cache.ts"
import { openCpu } from "../cpu/device.ts"
import { type Device, DeviceError } from "../device.ts"
import { openGpu } from "../gpu/device.ts"
import { openNative } from "../native/device.ts"
import type { Tune } from "../tuning/index.ts"

export interface Candidate {
  readonly device: Device
  readonly calibration: Calibration
  /** Seconds for moving an array to it or from it: for any, and for each byte. */
  readonly transfer: { readonly start: number; readonly perByte: number }
  /** Seconds in which a program of middling size becomes code. */
  readonly compileSeconds: number
}

export interface Found {
  readonly candidates: readonly Candidate[]
  /** Why others are not there, a sentence each. */
  readonly absent: readonly string[]
}

/** How the devices beside `cpu` are opened. */
export interface CandidateOptions {
  readonly threads?: number
  /** When `cpu` and `native` look for what suits their processor. */
  readonly tune?: Tune
  /** Told of a device that has to be measured first, which takes a second or a few. */
  readonly onMeasure?: (device: string) => void
}

/**
 * Opens all devices that are there: `cpu` first. Those that were never calibrated are measured with
 * a handful of programs, once for each machine, but not adapters made of software: these are
 * candidates only where they were calibrated, which takes minutes.
 * @throws DeviceError when there is not even the first.
 */
export async function findCandidates(options: CandidateOptions = {}): Promise<Found> {
  const { threads, tune } = options
  const [cpu, native, gpu] = await Promise.allSettled([
    openCpu({ threads, tune }),
    openNative({ threads, tune }),
    openGpu(),
  ])
  if (cpu.status === "rejected") throw cpu.reason
  const candidates = [await candidateOf(cpu.value, options)]
  const absent: string[] = []
  if (native.status === "rejected") absent.push(sentenceOf(native.reason))
  else candidates.push(await candidateOf(native.value, options))
  if (gpu.status === "rejected") absent.push(sentenceOf(gpu.reason))
  else if (!gpu.value.adapter.isSoftware || (await knownCalibrationOf(gpu.value)) !== undefined) {
    candidates.push(await candidateOf(gpu.value, options))
  } else {
    await gpu.value.close()
    absent.push(
      `gpu is ${gpu.value.adapter.name}, software that imitates a GPU, and was never calibrated: ` +
        "tradespace devices does so",
    )
  }
  return { candidates, absent }
}

function sentenceOf(failure: unknown): string {
  if (failure instanceof DeviceError) return failure.message
  throw failure
}

async function candidateOf(
  device: Device,
  { onMeasure = () => {} }: CandidateOptions,
): Promise<Candidate> {
  let isTold = false
  const progress = (): void => {
    if (!isTold) onMeasure(device.name)
    isTold = true
  }
  const calibration = await calibrationOf(device, { rough: true, progress })
  const { compileSeconds } = calibration
  return { device, calibration, transfer: await transferOf(device), compileSeconds }
}

const fewElements = 4
const manyElements = 2 ** 18

/** Half of the way there and back of a small array and of a megabyte, each the shortest of some. */
async function transferOf(device: Device): Promise<Candidate["transfer"]> {
  const few = await roundTrip(device, fewElements)
  const many = await roundTrip(device, manyElements)
  return { start: few / 2, perByte: Math.max(0, many - few) / (2 * 4 * manyElements) }
}

async function roundTrip(device: Device, elements: number): Promise<number> {
  const data = new Float32Array(elements)
  let shortest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 4; i++) {
    const began = performance.now()
    const array = device.put(data, [elements], "float32")
    await array.read()
    shortest = Math.min(shortest, (performance.now() - began) / 1000)
    array.free()
  }
  return shortest
}
