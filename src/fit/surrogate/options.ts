/** What a user may ask of the network in place of a function. */

import type { ModuleFunction } from "../../trade/index.ts"
import type { Domain } from "./domain.ts"

/** Where the function is to be stood in for, how exactly, and at what cost. */
export interface SurrogateOptions<D extends Domain> {
  readonly domain: D
  /**
   * The error that may not be exceeded, with that probability (0.95 unless given): as it is, or as
   * a share of the outputs' standard deviation; 5 % of it unless given.
   */
  readonly tolerance?: {
    readonly abs?: number
    readonly relative?: number
    readonly confidence?: number
  }
  readonly budget?: {
    /** Calls of the function in all; 4096 unless given. */
    readonly calls?: number
    /** Steps of training in all; 9000 unless given. */
    readonly steps?: number
    /** Seconds of training in all, where the steps take longer; 120 unless given. */
    readonly seconds?: number
  }
  readonly seed?: number
  /** Threads that call the function; 1 keeps the calls on this thread. */
  readonly threads?: number
  /** Where threads find the function, if it needs what is around it. */
  readonly module?: ModuleFunction
  /** Accept a function that is quicker than its network, and an error above the tolerance. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  /** Told of each stage as it begins. */
  readonly onProgress?: (stage: string) => void
}
