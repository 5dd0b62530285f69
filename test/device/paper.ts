import { type Calibration, calibrationFrom } from "../../src/device/calibration.ts"
import { type Rates, reaches } from "../../src/device/rates.ts"
import { costKinds } from "../../src/schedule/index.ts"

/** A device with round numbers: a nanosecond for each instruction, and four threads. */
export const rates: Rates = {
  instructions: new Map(costKinds.map((kind) => [kind, kind === "stall" ? 0 : 1e-9])),
  bytes: reaches.map((_, i) => i * 1e-11),
  written: reaches.map((_, i) => i * 1e-11),
  scattered: reaches.map((_, i) => i * 1e-9),
  overlap: 4,
  following: 1e-6,
}

export const calibration: Calibration = calibrationFrom({
  device: "cpu",
  threads: 4,
  rough: false,
  holdsScratch: true,
  rates,
  crowd: {
    threads: 4,
    arithmetic: 1,
    memory: [1, 1, 1],
    writing: [1, 1, 1],
    company: 2e-6,
    barrier: 1e-6,
  },
  launches: [
    { seconds: 1e-4, low: 9e-5, high: 2e-4 },
    { seconds: 1e-4, low: 9e-5, high: 2e-4 },
  ],
  spread: [0.8, 1.3],
  unrest: 0.02,
  paces: [1e-4, 1e-4],
  compileSeconds: 0.1,
})
