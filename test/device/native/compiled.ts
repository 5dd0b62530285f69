/** That native programs were compiled: one that the compiler refuses would run, rightly, as Wasm. */

import { afterAll, beforeAll, expect, type MockInstance, vi } from "vitest"

/** Fails the tests at hand when a program of theirs was not compiled. */
export function expectCompiled(): void {
  let warn: MockInstance<typeof console.warn> | undefined
  beforeAll(() => {
    warn = vi.spyOn(console, "warn")
  })
  afterAll(() => {
    const said = (warn?.mock.calls ?? []).flat().map(String)
    expect(said.filter((line) => line.includes("was not compiled"))).toEqual([])
  })
}
