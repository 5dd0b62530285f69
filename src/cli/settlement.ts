/** The bill beside the quote. */

import type { Bill, DeviceChoice, DeviceOffer, Quote } from "../device/index.ts"
import { quoteNotes } from "../trade/index.ts"
import { bytes, duration, interval } from "./figures.ts"
import { table } from "./terminal.ts"

/** What was quoted and what it really took, line by line; and whether that was quoted roughly. */
export function billBesideQuote(quote: Quote, bill: Bill): string {
  const lines = table([
    ["", "bill", "quote"],
    ["time", duration(bill.seconds), interval(quote.seconds, quote.interval)],
    ["memory", bytes(bill.bytes), bytes(quote.bytes)],
    ["threads", String(bill.threads), String(quote.threads)],
  ])
  const notes = quoteNotes([quote])
  return notes.length > 0 ? `${lines}\n\n${notes.join("\n")}` : lines
}

/** Which device was chosen, in one line, with what the others would have taken. */
export function choiceText({ device, offers, absent }: DeviceChoice): string {
  const described = offers.map((offer) => `${offer.device} ${offerText(offer)}`)
  const missing = absent.map((reason) => `; ${reason}`)
  return `auto chose ${device} for one run: ${described.join(", ")}${missing.join("")}`
}

function offerText({ seconds, transfer, once, rough }: DeviceOffer): string {
  const more = [
    [transfer, "of moving arrays"],
    [once, "of compiling"],
  ] as const
  const said = more.flatMap(([took, what]) =>
    took > seconds / 100 ? [` and ${duration(took)} ${what}`] : [],
  )
  return (rough ? "roughly " : "") + duration(seconds) + said.join("")
}
