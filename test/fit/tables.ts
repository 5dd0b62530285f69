/** Small tables whose law is known, as CSV. */

/** A generator of numbers between 0 and 1: the same ones for the same seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const districts = ["north", "south", "east", "west"]

/** Houses: price from rooms, age, district and date, with a little noise; some cells are missing. */
export function houses(rows: number, seed = 1): string {
  const next = generator(seed)
  const lines = Array.from({ length: rows }, () => {
    const rooms = 1 + Math.floor(8 * next())
    const age = Math.round(100 * next())
    const district = districts[Math.floor(4 * next())]
    const month = 1 + Math.floor(12 * next())
    const base = 50 * rooms - age + 80 * districts.indexOf(district) + 2 * month
    const price = (base + 10 * next()).toFixed(2)
    const shown = next() < 0.05 ? "NA" : ` ${age}`
    return `${rooms},${shown},${district},2024-${String(month).padStart(2, "0")}-15,${price}`
  })
  return `rooms,age,district,sold,price\n${lines.join("\n")}\n`
}

/** Flowers of three kinds, told apart by two lengths, with a number for each row. */
export function flowers(rows: number, seed = 1): string {
  const next = generator(seed)
  const kinds = ["setosa", "versicolor", "virginica"]
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = Math.floor(3 * next())
    const petal = (1.5 + 2 * kind + next()).toFixed(1)
    const sepal = (5 + kind * 0.8 + next()).toFixed(1)
    return `${i + 1},${petal},${sepal},${kinds[kind]}`
  })
  return `number,petal,sepal,kind\n${lines.join("\n")}\n`
}

/** Parts, of which one in twenty fails: the hotter and the older, the likelier, and never surely. */
export function parts(rows: number, seed = 1): string {
  const next = generator(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const lines = Array.from({ length: rows }, () => {
    const fails = next() < 0.05
    const heat = normal() + (fails ? 1.2 : 0)
    const age = normal() + (fails ? 0.8 : 0)
    return `${heat.toFixed(3)},${age.toFixed(3)},${fails ? "yes" : "no"}`
  })
  return `heat,age,fails\n${lines.join("\n")}\n`
}
