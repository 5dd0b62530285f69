/** The bill beside the quote. */

import type { Bill, Quote } from "../device/index.ts"
import { bytes, duration, interval } from "./figures.ts"
import { table } from "./terminal.ts"

/** What was quoted and what it really took, line by line. */
export function billBesideQuote(quote: Quote, bill: Bill): string {
  return table([
    ["", "bill", "quote"],
    ["time", duration(bill.seconds), interval(quote.seconds, quote.interval)],
    ["memory", bytes(bill.bytes), bytes(quote.bytes)],
    ["threads", String(bill.threads), String(quote.threads)],
  ])
}
