/** The same numbers for every contestant, in whatever process it runs. */

/** `n` float32 numbers, uniform in [low, high), that depend on the seed alone (mulberry32). */
export function uniform(n: number, seed: number, low = -1, high = 1): Float32Array<ArrayBuffer> {
  const numbers = new Float32Array(n)
  const scale = (high - low) / 2 ** 32
  let state = seed | 0
  for (let i = 0; i < n; i++) {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    numbers[i] = low + ((bits ^ (bits >>> 14)) >>> 0) * scale
  }
  return numbers
}
