import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { FunctionBuilder, ValueType } from "../../../src/emit/wasm/assembler.ts"
import { ModuleBuilder } from "../../../src/emit/wasm/assembler.ts"
import { ByteReader, ByteWriter } from "../../../src/emit/wasm/binary.ts"
import { compile as compileModule } from "../../../src/emit/wasm/compile.ts"
import { features } from "../../../src/emit/wasm/features.ts"
import type { Immediate, Row } from "../../../src/emit/wasm/opcodes.ts"
import { immediateWriters, opcodes, writeCode } from "../../../src/emit/wasm/opcodes.ts"

function run(m: ModuleBuilder, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  return new WebAssembly.Instance(compileModule(m), imports).exports
}

/** Builds one exported function and returns it. */
function compile(
  params: ValueType[],
  results: ValueType[],
  build: (f: FunctionBuilder) => void,
): (...values: (number | bigint)[]) => unknown {
  const m = new ModuleBuilder()
  m.memory({ initial: 1 })
  const f = m.function({ params, results }, "f")
  build(f)
  m.exportFunction("f", f)
  const { f: compiled } = run(m)
  if (typeof compiled !== "function") throw new Error("f is not exported")
  return (...values) => compiled(...values)
}

/** Arguments of an immediate that every engine accepts, as bytes. */
const exampleImmediates: { readonly [I in Immediate]: (body: ByteWriter) => void } = {
  zero: (body) => immediateWriters.zero(body),
  zeroZero: (body) => immediateWriters.zeroZero(body),
  index: (body) => immediateWriters.index(body, 0),
  segment: (body) => immediateWriters.segment(body, 0),
  i32: (body) => immediateWriters.i32(body, -7),
  i64: (body) => immediateWriters.i64(body, 1n << 40n),
  f32: (body) => immediateWriters.f32(body, 1.5),
  f64: (body) => immediateWriters.f64(body, 1e300),
  align1: (body) => immediateWriters.align1(body, 300),
  align2: (body) => immediateWriters.align2(body, 300),
  align4: (body) => immediateWriters.align4(body, 300),
  align8: (body) => immediateWriters.align8(body, 300),
  align16: (body) => immediateWriters.align16(body, 300),
  align1Lane: (body) => immediateWriters.align1Lane(body, 15, 300),
  align2Lane: (body) => immediateWriters.align2Lane(body, 7, 300),
  align4Lane: (body) => immediateWriters.align4Lane(body, 3, 300),
  align8Lane: (body) => immediateWriters.align8Lane(body, 1, 300),
  lane16: (body) => immediateWriters.lane16(body, 15),
  lane8: (body) => immediateWriters.lane8(body, 7),
  lane4: (body) => immediateWriters.lane4(body, 3),
  lane2: (body) => immediateWriters.lane2(body, 1),
  i8x16: (body) => immediateWriters.i8x16(body, 1),
  i16x8: (body) => immediateWriters.i16x8(body, 1),
  i32x4: (body) => immediateWriters.i32x4(body, 1),
  i64x2: (body) => immediateWriters.i64x2(body, 1),
  f32x4: (body) => immediateWriters.f32x4(body, 1),
  f64x2: (body) => immediateWriters.f64x2(body, 1),
  shuffle16: (body) => immediateWriters.shuffle16(body, ...Array.from({ length: 16 }, (_, i) => i)),
  shuffle8: (body) => immediateWriters.shuffle8(body, 0, 1, 2, 3, 8, 9, 10, 15),
  shuffle4: (body) => immediateWriters.shuffle4(body, 0, 4, 1, 7),
  shuffle2: (body) => immediateWriters.shuffle2(body, 3, 0),
}

const typeBytes: { readonly [name: string]: number } = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
}

/** A module of one function that does one instruction, written by hand from its row. */
function moduleOfOne([code, type, immediate]: Row): Uint8Array<ArrayBuffer> {
  const [operands = "", results = ""] = type.split("->")
  const [taken, left] = [operands, results].map((side) =>
    side
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => typeBytes[word]!),
  )
  const out = new ByteWriter()
  const section = (id: number, write: (content: ByteWriter) => void) => {
    const content = new ByteWriter()
    write(content)
    out.byte(id)
    out.sized(content.written)
  }
  out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00])
  section(1, (w) => {
    w.bytes([1, 0x60])
    w.sized(taken!)
    w.sized(left!)
  })
  section(3, (w) => w.bytes([1, 0]))
  section(5, (w) => w.bytes([1, 3, 1, 1]))
  section(12, (w) => w.u32(1))
  section(10, (w) => {
    const body = new ByteWriter()
    body.byte(0)
    for (const index of taken!.keys()) body.bytes([0x20, index])
    writeCode(body, code)
    if (immediate !== undefined) exampleImmediates[immediate](body)
    body.byte(0x0b)
    w.byte(1)
    w.sized(body.written)
  })
  section(11, (w) => w.bytes([1, 1, 0]))
  return out.written.slice()
}

describe("the opcode table", () => {
  const rows = Object.entries(opcodes).flatMap(([namespace, group]) =>
    Object.entries<Row>(group).map(([name, row]) => [`${namespace}.${name}`, row] as const),
  )

  test("gives every instruction the code, immediate and type that the engine knows", () => {
    const wrong = rows.filter(([, row]) => !WebAssembly.validate(moduleOfOne(row)))
    expect(wrong.map(([name]) => name)).toEqual([])
  })

  test("gives no two instructions one code, but for constants and shuffles of several shapes", () => {
    const codes = rows
      .filter(([name]) => !/\.(const|shuffle)$/.test(name))
      .map(([, [code]]) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe("bytes", () => {
  test("read back as they were written", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer(),
        fc.nat(0xffff_ffff),
        fc.double(),
        fc.float(),
        (long, int, natural, double, single) => {
          const out = new ByteWriter(1)
          out.s64(long)
          out.s32(int)
          out.u32(natural)
          out.f64(double)
          out.f32(single)
          const bytes = new ByteReader(out.written)
          expect([bytes.s64(), bytes.s32(), bytes.u32(), bytes.f64(), bytes.f32()]).toEqual([
            long,
            int,
            natural,
            double,
            single,
          ])
          expect(bytes.done).toBe(true)
        },
      ),
    )
  })

  test("of small integers are one byte", () => {
    for (const value of [-64, -1, 0, 63]) {
      const out = new ByteWriter()
      out.s32(value)
      expect(out.length).toBe(1)
    }
  })
})

describe("arithmetic", () => {
  test("of integers wraps at 32 bits", () => {
    const multiplyAdd = compile(["i32", "i32"], ["i32"], (f) => {
      f.localGet(f.param(0))
      f.localGet(f.param(1))
      f.i32.mul()
      f.i32.const(0xffff_ffff)
      f.i32.add()
    })
    expect(multiplyAdd(6, 7)).toBe(41)
    expect(multiplyAdd(0x1_0001, 0x1_0001)).toBe((Math.imul(0x1_0001, 0x1_0001) - 1) | 0)
  })

  test("of 64-bit integers takes bigints and numbers as constants", () => {
    const f = compile(["i64"], ["i64"], (f) => {
      f.localGet(f.param(0))
      f.i64.const(-3)
      f.i64.mul()
      f.i64.const(2n ** 62n)
      f.i64.add()
    })
    expect(f(5n)).toBe(2n ** 62n - 15n)
  })

  test("on vectors works lane by lane, whatever shape the constant has", () => {
    const lane = compile([], ["f32"], (f) => {
      f.f32x4.const(1, 2, 3, 4)
      f.f32x4.const(10)
      f.f32x4.mul()
      f.i32x4.const(0, -1, 0, -1)
      f.v128.and()
      f.f32x4.const(0)
      f.f32x4.shuffle(3, 4, 5, 6)
      f.f32x4.extract_lane(0)
    })
    expect(lane()).toBe(40)
  })

  test("on constants of every shape keeps the lanes in order", () => {
    const sum = compile([], ["f64"], (f) => {
      f.i8x16.const(...Array.from({ length: 16 }, (_, i) => i))
      f.i8x16.extract_lane_u(15)
      f.i16x8.const(0, 0, 0, 0, 0, 0, 0, -300)
      f.i16x8.extract_lane_s(7)
      f.i32.add()
      f.i64x2.const(0n, -(2n ** 40n))
      f.i64x2.extract_lane(1)
      f.i32.wrap_i64()
      f.i32.add()
      f.f64.convert_i32_s()
      f.f64x2.const(0, 0.5)
      f.f64x2.extract_lane(1)
      f.f64.add()
    })
    expect(sum()).toBe(15 - 300 + 0.5)
  })
})

describe("control flow", () => {
  test("of a counted range visits every step below its end", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (start, end, step, constant) => {
          const sum = compile(["i32"], ["i32", "i32"], (f) => {
            const i = f.local("i32", "i")
            const total = f.local("i32", "total")
            const turns = f.local("i32", "turns")
            f.forRange(i, start, constant ? end : f.param(0), step, () => {
              f.increment(total, i)
              f.increment(turns, 1)
            })
            f.localGet(total)
            f.localGet(turns)
          })
          let total = 0
          let turns = 0
          for (let i = start; i < end; i += step) {
            total += i
            turns++
          }
          expect(sum(end)).toEqual([total, turns])
        },
      ),
      { numRuns: 60 },
    )
  })

  test("branches to labels across any number of blocks", () => {
    const nested = compile(["i32"], ["i32"], (f) => {
      const result = f.local("i32")
      f.block((outer) => {
        f.loop((again) => {
          f.increment(result, 1)
          f.block((inner) => {
            f.localGet(result)
            f.localGet(f.param(0))
            f.i32.lt_s()
            f.brIf(again)
            f.localGet(result)
            f.i32.const(100)
            f.i32.lt_s()
            f.brIf(inner)
            f.br(outer)
          })
        })
        f.increment(result, 1000)
      })
      f.localGet(result)
    })
    expect(nested(7)).toBe(1007)
    expect(nested(150)).toBe(150)
  })

  test("chooses among branches by condition and by table", () => {
    const choose = compile(["i32"], ["i32"], (f) => {
      const result = f.local("i32")
      f.block((end) => {
        f.block((second) => {
          f.block((first) => {
            f.localGet(f.param(0))
            f.brTable([first, second], end)
          })
          f.set(result, 10)
          f.br(end)
        })
        f.set(result, 20)
      })
      f.if_(
        result,
        () => f.localGet(result),
        () => f.i32.const(-1),
        "i32",
      )
    })
    expect([0, 1, 2, 3].map((key) => choose(key))).toEqual([10, 20, -1, -1])
  })

  test("repeats while a condition holds", () => {
    const halvings = compile(["i32"], ["i32"], (f) => {
      const count = f.local("i32")
      f.while_(
        () => {
          f.localGet(f.param(0))
          f.i32.const(1)
          f.i32.gt_u()
        },
        () => {
          f.localGet(f.param(0))
          f.i32.const(1)
          f.i32.shr_u()
          f.localSet(f.param(0))
          f.increment(count, 1)
        },
      )
      f.localGet(count)
    })
    expect(halvings(1024)).toBe(10)
    expect(halvings(0)).toBe(0)
  })

  test("passes several values through a typed block", () => {
    const swapped = compile(["i32", "i32"], ["i32", "i32"], (f) => {
      const type = { params: [], results: ["i32", "i32"] } as const
      f.block(() => {
        f.localGet(f.param(1))
        f.localGet(f.param(0))
      }, type)
    })
    expect(swapped(1, 2)).toEqual([2, 1])
  })
})

describe("a module", () => {
  test("calls imported, defined and tabled functions", () => {
    const m = new ModuleBuilder()
    const unary = { params: ["i32"], results: ["i32"] } as const
    const imported = m.importFunction("env", "negate", unary)
    const double = m.function(unary, "double")
    double.localGet(double.param(0))
    double.i32.const(2)
    double.i32.mul()
    m.table([imported, double])
    const f = m.function({ params: ["i32", "i32"], results: ["i32"] }, "dispatch")
    f.localGet(f.param(0))
    f.call(double)
    f.call(imported)
    f.localGet(f.param(1))
    f.callIndirect(unary)
    m.exportFunction("dispatch", f)
    const { dispatch } = run(m, { env: { negate: (value: number) => -value } })
    if (typeof dispatch !== "function") throw new Error("dispatch is not exported")
    expect(dispatch(5, 0)).toBe(10)
    expect(dispatch(5, 1)).toBe(-20)
  })

  test("shares an imported memory, counts in it atomically and lays out its data", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })
    const m = new ModuleBuilder()
    m.importMemory("env", "memory", { initial: 1, maximum: 2, shared: true })
    m.dataAt(64, new Uint8Array([1, 2, 3, 4]))
    const passive = m.passiveData(new Uint8Array([9, 8, 7]))
    const f = m.function({ params: [], results: ["i32"] }, "count")
    f.i32.const(0)
    f.i32.const(5)
    f.i32.atomic_rmw_add(8)
    f.i32.const(128)
    f.i32.const(1)
    f.i32.const(2)
    f.memory.init(passive)
    f.i32.const(256)
    f.i32.const(64)
    f.i32.const(4)
    f.memory.copy()
    f.i32.const(260)
    f.i32.const(0xee)
    f.i32.const(2)
    f.memory.fill()
    m.exportFunction("count", f)
    const { count } = run(m, { env: { memory } })
    if (typeof count !== "function") throw new Error("count is not exported")
    expect([count(), count(), count()]).toEqual([0, 5, 10])
    const bytes = new Uint8Array(memory.buffer)
    expect([...bytes.slice(128, 131)]).toEqual([8, 7, 0])
    expect([...bytes.slice(256, 263)]).toEqual([1, 2, 3, 4, 0xee, 0xee, 0])
  })

  test("keeps globals between calls", () => {
    const m = new ModuleBuilder()
    const calls = m.global("i32", 40)
    const scale = m.global("f64", 0.5, false)
    m.exportGlobal("scale", scale)
    const f = m.function({ params: [], results: ["i32"] })
    f.globalGet(calls)
    f.i32.const(1)
    f.i32.add()
    f.globalSet(calls)
    f.globalGet(calls)
    m.exportFunction("f", f)
    const exports = run(m)
    if (typeof exports.f !== "function") throw new Error("f is not exported")
    exports.f()
    expect(exports.f()).toBe(42)
    expect(exports.scale).toMatchObject({ value: 0.5 })
  })

  test("keeps equal vector constants in one global", () => {
    const m = new ModuleBuilder()
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i)
    const constant = m.vectorConstant(bytes)
    expect(m.vectorConstant(bytes.slice())).toBe(constant)
    expect(m.vectorConstant(new Uint8Array(16))).not.toBe(constant)
    expect(() => m.vectorConstant(new Uint8Array(4))).toThrow("has 16 bytes, not 4")
    const f = m.function({ params: [], results: ["i32"] })
    f.globalGet(constant)
    f.i8x16.extract_lane_u(13)
    m.exportFunction("f", f)
    const exports = run(m)
    if (typeof exports.f !== "function") throw new Error("f is not exported")
    expect(exports.f()).toBe(13)
  })

  test("of 200,000 instructions is written whole", () => {
    const f = compile([], ["i32"], (f) => {
      f.i32.const(0)
      for (let i = 0; i < 100_000; i++) {
        f.i32.const(i)
        f.i32.add()
      }
    })
    expect(f()).toBe(((100_000 * 99_999) / 2) | 0)
  })
})

describe("the text form", () => {
  test("shows locals by name, blocks by indentation and immediates as the text format does", () => {
    const m = new ModuleBuilder()
    const f = m.function({ params: ["i32"], results: ["f32"] }, "sum")
    const i = f.local("i32", "i")
    const total = f.local("v128", "total")
    f.forRange(i, 0, f.param(0), 16, () => {
      f.localGet(i)
      f.v128.load(32)
      f.localGet(total)
      f.f32x4.add()
      f.localSet(total)
    })
    f.localGet(total)
    f.f32x4.extract_lane(0)
    f.i32.const(0)
    f.i32.atomic_rmw8_u_add()
    f.f32x4.const(1)
    expect(m.toText()).toMatchInlineSnapshot(`
      "(func $sum (param i32) (result f32)
        (local $i i32)
        (local $total v128)
        i32.const 0
        local.set $i
        local.get $i
        local.get 0
        i32.lt_s
        if
          loop
            local.get $i
            v128.load offset=32
            local.get $total
            f32x4.add
            local.set $total
            local.get $i
            i32.const 16
            i32.add
            local.set $i
            local.get $i
            local.get 0
            i32.lt_s
            br_if 0
          end
        end
        local.get $total
        f32x4.extract_lane 0
        i32.const 0
        i32.atomic.rmw8_u.add
        v128.const i32x4 0x3f800000 0x3f800000 0x3f800000 0x3f800000)"
    `)
  })
})

describe("mistakes are met where they are made", () => {
  test("a lane, an alignment or a constant out of range", () => {
    const f = new ModuleBuilder().function({ params: [], results: [] }, "f")
    expect(() => f.f32x4.extract_lane(4)).toThrow("a lane of 4 must be an integer from 0 to 3")
    expect(() => f.i32.load(0, 8)).toThrow("alignment must be a power of two up to 4, not 8")
    expect(() => f.i32.const(0.5)).toThrow("an i32 constant must be an integer")
    expect(() => f.f32x4.const(1, 2)).toThrow("a constant of 4 lanes takes 1 or 4 values, not 2")
    expect(() => f.param(0)).toThrow("function f has 0 parameters, so none at 0")
  })

  test("a block without an end, and an end without a block", () => {
    const open = new ModuleBuilder()
    open.function({ params: [], results: [] }, "open").block()
    expect(() => open.finish()).toThrow("function open leaves 1 blocks without an end")
    const f = new ModuleBuilder().function({ params: [], results: [] }, "shut")
    expect(() => f.end()).toThrow("function shut ends more blocks than it opens")
  })

  test("a branch out of a block that has ended", () => {
    const f = new ModuleBuilder().function({ params: [], results: [] }, "f")
    const gone = f.block(() => {})
    expect(() => f.br(gone)).toThrow("function f branches to a block that has ended")
  })

  test("two memories, an unbounded shared memory, a late import and a repeated export", () => {
    const m = new ModuleBuilder()
    expect(() => m.memory({ initial: 1, shared: true })).toThrow("needs a maximum")
    m.memory({ initial: 1 }, "memory")
    expect(() => m.memory({ initial: 1 })).toThrow("a module has one memory")
    const f = m.function({ params: [], results: [] })
    expect(() => m.importFunction("a", "b", { params: [], results: [] })).toThrow(
      "must come before",
    )
    expect(() => m.exportFunction("memory", f)).toThrow("exports memory twice")
  })
})

test("an instruction that the engine rejects is shown among its neighbours", () => {
  const m = new ModuleBuilder()
  const first = m.function({ params: ["i32"], results: [] }, "first")
  first.block()
  first.end()
  const f = m.function({ params: ["f32"], results: ["i32"] }, "second")
  f.local("v128")
  f.i32.const(1)
  f.localGet(f.param(0))
  f.i32.add()
  f.i32.const(2)
  f.i32.mul()
  expect(() => compileModule(m)).toThrow(
    /in second:\n {2}i32.const 1\n> local.get 0\n {2}i32.add\n/,
  )
})

test("the engine that runs the tests has vectors, relaxed vectors and threads", () => {
  expect(features()).toEqual({ simd: true, relaxedSimd: true, threads: true })
})
