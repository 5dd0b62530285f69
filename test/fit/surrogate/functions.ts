/**
 * Functions on which surrogates are measured, as in S. Surjanovic and D. Bingham, "Virtual Library
 * of Simulation Experiments", and the Surrogate Modeling Toolbox.
 */

export const branin = {
  f: ({ x, y }: { x: number; y: number }): number =>
    (y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 / Math.PI) * x - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) +
    10,
  domain: { x: [-5, 10], y: [0, 15] },
} as const

/** Water flow through a borehole, cubic metres a year. */
export const borehole = {
  f: (p: {
    rw: number
    r: number
    Tu: number
    Hu: number
    Tl: number
    Hl: number
    L: number
    Kw: number
  }): number => {
    const log = Math.log(p.r / p.rw)
    const inside = 1 + (2 * p.L * p.Tu) / (log * p.rw * p.rw * p.Kw) + p.Tu / p.Tl
    return (2 * Math.PI * p.Tu * (p.Hu - p.Hl)) / (log * inside)
  },
  domain: {
    rw: [0.05, 0.15],
    r: [100, 50_000],
    Tu: [63_070, 115_600],
    Hu: [990, 1110],
    Tl: [63.1, 116],
    Hl: [700, 820],
    L: [1120, 1680],
    Kw: [9855, 12_045],
  },
} as const

/** Weight of a light aircraft's wing, pounds. */
export const wingWeight = {
  f: (p: {
    Sw: number
    Wfw: number
    A: number
    sweep: number
    q: number
    taper: number
    tc: number
    Nz: number
    Wdg: number
    Wp: number
  }): number => {
    const cos = Math.cos((p.sweep * Math.PI) / 180)
    return (
      0.036 *
        p.Sw ** 0.758 *
        p.Wfw ** 0.0035 *
        (p.A / cos ** 2) ** 0.6 *
        p.q ** 0.006 *
        p.taper ** 0.04 *
        ((100 * p.tc) / cos) ** -0.3 *
        (p.Nz * p.Wdg) ** 0.49 +
      p.Sw * p.Wp
    )
  },
  domain: {
    Sw: [150, 200],
    Wfw: [220, 300],
    A: [6, 10],
    sweep: [-10, 10],
    q: [16, 45],
    taper: [0.5, 1],
    tc: [0.08, 0.18],
    Nz: [2.5, 6],
    Wdg: [1700, 2500],
    Wp: [0.025, 0.08],
  },
} as const

/** Where a robot's arm of four segments ends: its distance from the shoulder. */
export const robotArm = {
  f: (p: {
    a1: number
    a2: number
    a3: number
    a4: number
    l1: number
    l2: number
    l3: number
    l4: number
  }): number => {
    let [angle, x, y] = [0, 0, 0]
    for (const [turn, length] of [
      [p.a1, p.l1],
      [p.a2, p.l2],
      [p.a3, p.l3],
      [p.a4, p.l4],
    ]) {
      angle += turn
      x += length * Math.cos(angle)
      y += length * Math.sin(angle)
    }
    return Math.hypot(x, y)
  },
  domain: {
    a1: [0, 2 * Math.PI],
    a2: [0, 2 * Math.PI],
    a3: [0, 2 * Math.PI],
    a4: [0, 2 * Math.PI],
    l1: [0, 1],
    l2: [0, 1],
    l3: [0, 1],
    l4: [0, 1],
  },
} as const

/** A European option's price and its delta, by simulation-free formula (Black and Scholes 1973). */
export const blackScholes = {
  f: (p: {
    spot: number
    strike: number
    years: number
    volatility: number
    kind: "call" | "put"
  }): readonly number[] => {
    const rate = 0.03
    // Abramowitz and Stegun 26.2.17.
    const normal = (x: number): number => {
      const t = 1 / (1 + 0.2316419 * Math.abs(x))
      const poly =
        t *
        (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
      const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * poly
      return x >= 0 ? 1 - upper : upper
    }
    const deviation = p.volatility * Math.sqrt(p.years)
    const d1 = (Math.log(p.spot / p.strike) + (rate + p.volatility ** 2 / 2) * p.years) / deviation
    const discount = Math.exp(-rate * p.years)
    const call = p.spot * normal(d1) - p.strike * discount * normal(d1 - deviation)
    return p.kind === "call"
      ? [call, normal(d1)]
      : [call - p.spot + p.strike * discount, normal(d1) - 1]
  },
  domain: {
    spot: [60, 140],
    strike: [80, 120],
    years: [0.25, 2],
    volatility: [0.1, 0.6],
    kind: ["call", "put"],
  },
} as const

/** Steps until a point of the plane leaves; no network can follow its border. */
export const mandelbrot = {
  f: ({ x, y }: { x: number; y: number }): number => {
    let [a, b, count] = [0, 0, 0]
    while (count < 200 && a * a + b * b < 4) {
      ;[a, b] = [a * a - b * b + x, 2 * a * b + y]
      count++
    }
    return count
  },
  domain: { x: [-2, 0.5], y: [-1, 1] },
} as const
