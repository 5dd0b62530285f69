/** Choosing among devices for one run of a program: the one that is expected to be done first. */

/** What a run would take on one device, in seconds. */
export interface DeviceOffer {
  readonly device: string
  /** The run itself, by its quote. */
  readonly seconds: number
  /** Elements of the host on their way there, and results on their way back. */
  readonly transfer: number
  /** What has to be done once: making the code, and moving arrays that lie on another device. */
  readonly once: number
  /** Whether the quote is rough: the device was measured with a part of the programs only. */
  readonly rough: boolean
}

/** Which device was chosen, and what was known of each. */
export interface DeviceChoice {
  readonly device: string
  /** Every device that could run the program, the chosen one first, then by their seconds. */
  readonly offers: readonly DeviceOffer[]
  /** Why others are not among them: a sentence each. */
  readonly absent: readonly string[]
}

/**
 * The offers in the order of what so many runs take in all; of equals the one that was named first.
 */
export function ranked<O extends DeviceOffer>(offers: readonly O[], runs = 1): readonly O[] {
  const inAll = ({ seconds, transfer, once }: DeviceOffer): number =>
    runs * (seconds + transfer) + once
  return [...offers].sort((a, b) => inAll(a) - inAll(b))
}

/**
 * What each device would have saved so far, had it been used: whoever rents buys when the rents
 * paid reach the price (Karlin, Manasse, Rudolph and Sleator 1988). So a program is compiled, and its
 * arrays are moved, when runs elsewhere have lost as much time as that takes, and never is more
 * than twice the time lost that knowing the number of runs beforehand would have cost.
 */
export class Savings {
  readonly #saved = new Map<string, number>()

  /** An offer with what has to be done once made less by what was lost without it. */
  after<O extends DeviceOffer>(offer: O): O {
    const once = Math.max(0, offer.once - (this.#saved.get(offer.device) ?? 0))
    return { ...offer, once }
  }

  /** Notes a run on the first of the offers; whoever takes over begins anew. */
  note(used: DeviceOffer, offers: readonly DeviceOffer[], isOther: boolean): void {
    if (isOther) this.#saved.clear()
    const each = ({ seconds, transfer }: DeviceOffer): number => seconds + transfer
    for (const offer of offers) {
      const before = this.#saved.get(offer.device) ?? 0
      const saved = before + each(used) - each(offer)
      this.#saved.set(offer.device, offer.device === used.device ? 0 : Math.max(0, saved))
    }
  }
}
