/** Milliseconds by a clock that all threads share; numbers small enough to tell nanoseconds apart. */
export function now(): number {
  return (performance.timeOrigin % 2 ** 22) + performance.now()
}
