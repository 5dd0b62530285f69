import { expect, test } from "vitest"
import { parseSize, parseSpec, parseSpecs, printShape } from "../../src/size/index.ts"

const written = (text: string): string =>
  parseSpecs(text)
    .map(({ dtype, shape }) => `${dtype}${printShape(shape)}`)
    .join(", ")

test("specs are dtypes with sizes in brackets", () => {
  expect(written("f32[N]")).toBe("float32[N]")
  expect(written("i32[2*B, 3],bool[ ]")).toBe("int32[2 B, 3], bool[]")
  expect(written("uint32[(N + 1)*2 - 1, 0]")).toBe("uint32[2 N + 1, 0]")
  expect(written("")).toBe("")
  expect(parseSpec("f32[4]")).toEqual({ dtype: "float32", shape: [4] })
  expect(String(parseSize("2*N + N"))).toBe("3 N")
})

test("a mistake is pointed at", () => {
  const mistakes: readonly (readonly [string, string])[] = [
    [
      "f33[N]",
      "expected a dtype (f64, f32, f16, bf16, i32, i16, i8, u32, u16, u8, bool) at character 1, " +
        'found "f33[N]"',
    ],
    ["f32", "expected [ and the sizes of the array at character 4, found the end"],
    ["f32[N", "expected , or ] at character 6, found the end"],
    ["f32[3.5]", 'expected a whole number or a name at character 5, found "3.5]"'],
    ["f32[-3]", 'expected a whole number or a name at character 5, found "-3]"'],
    ["f32[2-3]", 'expected a size of at least 0 at character 5, found "2-3]"'],
    ["f32[N,]", 'expected a whole number or a name at character 7, found "]"'],
    ["f32[N] f32[N]", 'expected a comma or the end at character 8, found "f32[N]"'],
    ["f32[(N+1]", 'expected ) at character 9, found "]"'],
  ]
  for (const [text, message] of mistakes) expect(() => parseSpecs(text)).toThrow(message)
})
