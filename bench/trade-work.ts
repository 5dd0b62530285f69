/** What the threads of bench/trade.ts do; the pools that it is measured against import this. */

/** Keeps a processor busy for so many microseconds, and returns the milliseconds it really took. */
export function busy(microseconds: number): number {
  const start = performance.now()
  const end = start + microseconds / 1000
  while (performance.now() < end);
  return performance.now() - start
}

/** One item, or a list of them. */
export default function work(items: number | readonly number[]): number | number[] {
  return typeof items === "number" ? busy(items) : items.map(busy)
}
