/** The catalogue of machines: figures with sources, lookup by name, the network around a device. */

export { catalogue } from "./catalogue/index.ts"
export { findMachine, nearestNames } from "./lookup.ts"
export type {
  Figure,
  Link,
  LinkTopology,
  Machine,
  MachineKind,
  PeakDtype,
  Peaks,
  PeakUnit,
  Space,
  Trust,
} from "./machine.ts"
export { memory, peakDtypes, secondary, spaces, verified } from "./machine.ts"
export type { Tier } from "./network.ts"
export { linkAcross, nodesOf, spaceOf, tiersOf, wattsOf } from "./network.ts"
export { parseMachine } from "./parse.ts"
export type { Peak } from "./peak.ts"
export { peakOf } from "./peak.ts"
