import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Allocator, alignment, MemoryError } from "../../../src/device/cpu/allocator.ts"
import { DeviceError } from "../../../src/device/index.ts"

/** An allocator over [64, 64 + bytes) that may grow to [64, 64 + limit). */
function make(bytes: number, limit = bytes, step = 1): Allocator {
  const start = 64
  return new Allocator({
    start,
    end: start + bytes,
    limit: start + limit,
    grow: (end) => Math.min(start + limit, Math.ceil(end / step) * step),
  })
}

type Action =
  | { readonly kind: "allocate"; readonly bytes: number }
  | { readonly kind: "free"; readonly which: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("allocate" as const), bytes: fc.nat(5000) }),
  fc.record({ kind: fc.constant("allocate" as const), bytes: fc.constantFrom(64, 128, 4096) }),
  fc.record({ kind: fc.constant("free" as const), which: fc.nat() }),
)

interface Held {
  readonly address: number
  readonly bytes: number
}

/** Does the actions and returns what is allocated in the end. Requests beyond the limit fail. */
function perform(allocator: Allocator, actions: readonly Action[], check: (held: Held[]) => void) {
  const held: Held[] = []
  for (const each of actions) {
    if (each.kind === "free") {
      const [block] = held.splice(each.which % Math.max(1, held.length), 1)
      if (block !== undefined) allocator.free(block.address)
    } else {
      try {
        held.push({ address: allocator.allocate(each.bytes), bytes: each.bytes })
      } catch (error) {
        expect(error).toBeInstanceOf(MemoryError)
      }
    }
    check(held)
  }
  return held
}

describe("an allocator", () => {
  test("never hands out an address twice, nor one beyond its range", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const allocator = make(1024, 65_536, 4096)
        perform(allocator, actions, (held) => {
          const sorted = held.toSorted((a, b) => a.address - b.address)
          let free = 64
          for (const { address, bytes } of sorted) {
            expect(address % alignment).toBe(0)
            expect(address).toBeGreaterThanOrEqual(free)
            free = address + Math.max(1, bytes)
          }
          expect(free).toBeLessThanOrEqual(allocator.end)
          expect(allocator.end).toBeLessThanOrEqual(64 + 65_536)
        })
      }),
    )
  })

  test("counts the bytes in use and the most there ever were", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 100 }), (actions) => {
        const allocator = make(1024, 65_536, 4096)
        let most = 0
        perform(allocator, actions, (held) => {
          const bytes = held.reduce((sum, b) => sum + Math.max(1, Math.ceil(b.bytes / 64)) * 64, 0)
          most = Math.max(most, bytes)
          expect(allocator.bytesInUse).toBe(bytes)
          expect(allocator.highWater).toBe(most)
        })
      }),
    )
  })

  test("is one free block again when everything is freed, in whatever order", () => {
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 200 }),
        fc.infiniteStream(fc.nat()),
        (all, next) => {
          const allocator = make(1024, 65_536, 4096)
          const held = perform(allocator, all, () => {})
          while (held.length > 0) {
            const [block] = held.splice(next.next().value! % held.length, 1)
            allocator.free(block!.address)
          }
          expect(allocator.bytesInUse).toBe(0)
          expect(allocator.freeBlocks).toBe(1)
          expect(allocator.allocate(allocator.end - 64)).toBe(64)
        },
      ),
    )
  })

  test("takes the smallest free block that holds a request, the lowest among equals", () => {
    const allocator = make(64 * 64)
    const blocks = [1, 8, 1, 3, 1, 5, 1, 3, 1].map((lines) => allocator.allocate(lines * 64))
    const [, eight, , three, , five, , otherThree] = blocks
    for (const address of [otherThree, eight, five, three]) allocator.free(address!)
    expect(allocator.allocate(3 * 64)).toBe(three)
    expect(allocator.allocate(2 * 64)).toBe(otherThree)
    expect(allocator.allocate(4 * 64)).toBe(five)
    expect(allocator.allocate(6 * 64)).toBe(eight)
  })

  test("joins a freed block with both of its neighbours", () => {
    const allocator = make(4 * 64)
    const [a, b, c] = [64, 64, 128].map((bytes) => allocator.allocate(bytes))
    allocator.free(a!)
    allocator.free(c!)
    expect(allocator.freeBlocks).toBe(2)
    allocator.free(b!)
    expect(allocator.freeBlocks).toBe(1)
    expect(allocator.allocate(4 * 64)).toBe(64)
  })

  test("grows only by what the free block at its end lacks", () => {
    const asked: number[] = []
    const allocator = new Allocator({
      start: 0,
      end: 1024,
      limit: 65_536,
      grow: (end) => {
        asked.push(end)
        return end
      },
    })
    allocator.allocate(512)
    expect(allocator.allocate(1024)).toBe(512)
    expect(asked).toEqual([1536])
  })

  const layers = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 2, maxLength: 30 })

  /** Activations live from the forward to the backward pass, temporaries for a step. */
  function train(allocator: Allocator, sizes: number[], update: (layer: number) => void): void {
    const activations = sizes.map((bytes) => {
      const temporary = allocator.allocate(bytes * 2)
      const activation = allocator.allocate(bytes)
      allocator.free(temporary)
      return activation
    })
    for (const layer of [...sizes.keys()].reverse()) {
      const gradient = allocator.allocate(sizes[layer]!)
      update(layer)
      allocator.free(activations[layer]!)
      allocator.free(gradient)
    }
  }

  test("does not grow any more once a training loop has been round a few times", () => {
    fc.assert(
      fc.property(layers, (sizes) => {
        const allocator = make(0, 2 ** 30)
        for (const bytes of sizes) allocator.allocate(bytes)
        const ends = Array.from({ length: 50 }, () => {
          train(allocator, sizes, () => {})
          return allocator.end
        })
        expect(new Set(ends.slice(5)).size).toBe(1)
        expect(allocator.freeBlocks).toBe(1)
      }),
      { numRuns: 30 },
    )
  })

  test("keeps holes in bounds where a training loop moves its parameters and keeps losses", () => {
    fc.assert(
      fc.property(layers, fc.infiniteStream(fc.nat(3)), (sizes, patience) => {
        const allocator = make(0, 2 ** 30)
        const parameters = sizes.map((bytes) => allocator.allocate(bytes))
        const losses: number[] = []
        for (let round = 0; round < 300; round++) {
          train(allocator, sizes, (layer) => {
            const updated = allocator.allocate(sizes[layer]!)
            allocator.free(parameters[layer]!)
            parameters[layer] = updated
          })
          losses.push(allocator.allocate(4))
          while (losses.length > patience.next().value!) allocator.free(losses.shift()!)
        }
        expect(allocator.end).toBeLessThanOrEqual(3 * allocator.highWater + 64)
      }),
      { numRuns: 30 },
    )
  })

  test("hands out zero bytes at an address of their own", () => {
    const allocator = make(1024)
    expect(
      new Set([allocator.allocate(0), allocator.allocate(0), allocator.allocate(1)]).size,
    ).toBe(3)
    expect(allocator.bytesInUse).toBe(192)
  })

  test("says what was asked, what is in use and the limit when there is no room", () => {
    const allocator = make(1024, 1_048_576)
    allocator.allocate(1_000_000)
    expect(() => allocator.allocate(99_999)).toThrow(
      "cannot allocate 99,999 bytes: 1,000,000 of at most 1,048,576 bytes are in use",
    )
    expect(() => allocator.allocate(99_999)).toThrow(DeviceError)
    expect(allocator.bytesInUse).toBe(1_000_000)
    expect(allocator.allocate(48_576)).toBe(64 + 1_000_000)
  })

  test("fails when growth is refused, and serves what fits after that", () => {
    const allocator = new Allocator({ start: 0, end: 640, limit: 6400, grow: () => 640 })
    expect(() => allocator.allocate(641)).toThrow(MemoryError)
    expect(allocator.allocate(640)).toBe(0)
  })

  test("reaches the top of a 32-bit memory", () => {
    const limit = 2 ** 32 - 65_536
    const allocator = new Allocator({ start: 65_536, end: 65_536, limit, grow: (end) => end })
    const [a, b] = [allocator.allocate(2 ** 31), allocator.allocate(limit - 2 ** 31 - 65_536)]
    expect([a, b]).toEqual([65_536, 2 ** 31 + 65_536])
    expect(() => allocator.allocate(1)).toThrow(MemoryError)
    allocator.free(b!)
    expect(allocator.allocate(1)).toBe(2 ** 31 + 65_536)
  })

  test("refuses to free what it did not hand out, or has back already", () => {
    const allocator = make(1024)
    const address = allocator.allocate(100)
    expect(() => allocator.free(address + 64)).toThrow("no block is allocated there")
    allocator.free(address)
    expect(() => allocator.free(address)).toThrow("no block is allocated there")
  })

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses a size of %s", (bytes) => {
    expect(() => make(1024).allocate(bytes)).toThrow("the size must be a whole number")
  })

  test("starts anew after a reset, with the range it has grown to", () => {
    const allocator = make(0, 65_536)
    for (let i = 0; i < 10; i++) allocator.allocate(1000)
    const { end } = allocator
    allocator.reset()
    expect([allocator.bytesInUse, allocator.highWater, allocator.end]).toEqual([0, 0, end])
    expect(allocator.allocate(end - 64)).toBe(64)
  })
})
