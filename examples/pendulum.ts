/**
 * How long a pendulum takes to swing once, by stepping through time: slow, and smooth.
 *
 *     tradespace fit examples/pendulum.ts --export period --calls 1000 --out out/pendulum
 */

export const domain = { length: [0.2, 3], angle: [0.1, 2.8], gravity: [1.6, 25] } as const

export interface Pendulum {
  /** Metres. */
  readonly length: number
  /** Where it is let go, radians from the vertical. */
  readonly angle: number
  /** Metres per second squared. */
  readonly gravity: number
}

/** Seconds. Four times the first quarter, by Verlet's rule. */
export function period({ length, angle, gravity }: Pendulum): number {
  const step = 1e-4 * Math.sqrt(length / gravity)
  let [at, speed, time] = [angle, 0, 0]
  while (at > 0) {
    speed -= 0.5 * step * (gravity / length) * Math.sin(at)
    at += step * speed
    speed -= 0.5 * step * (gravity / length) * Math.sin(at)
    time += step
  }
  return 4 * time
}
