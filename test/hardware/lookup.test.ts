import fc from "fast-check"
import { expect, test } from "vitest"
import { catalogue, findMachine, nearestNames, parseMachine } from "../../src/hardware/index.ts"

test("a machine is found by any of its names, whatever the case, spaces and dashes", () => {
  const names = catalogue.flatMap((machine) =>
    [machine.name, ...machine.aliases].map((name) => ({ name, machine })),
  )
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.array(fc.constantFrom(" ", "-", "_", ".", ""), { minLength: 40, maxLength: 40 }),
      fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
      ({ name, machine }, gaps, upper) => {
        const letters = [...name.replace(/[^A-Za-z0-9]/g, "")]
        const written = letters.map(
          (letter, i) => (upper[i] ? letter.toUpperCase() : letter.toLowerCase()) + gaps[i],
        )
        expect(findMachine(written.join("")).name).toBe(machine.name)
      },
    ),
  )
})

test("the short name of a family means its usual member", () => {
  expect(findMachine("v100").name).toBe("V100 SXM2 32GB")
  expect(findMachine("a100").name).toBe("A100 SXM4 80GB")
  expect(findMachine("h100").name).toBe("H100 SXM5 80GB")
})

test("an unknown machine is refused in one sentence with the nearest names", () => {
  expect(() => findMachine("h10")).toThrow('there is no machine called "h10"; nearest are H100')
  expect(() => findMachine("rtx 4080")).toThrow("nearest are RTX 4090, RTX 3090, RTX 5090")
  expect(() => findMachine("")).toThrow("there is no machine")
})

test("a user's own machine is found before the catalogue's", () => {
  const own = parseMachine({ name: "A100", like: "a100", memoryBytes: 96e9 })
  expect(findMachine("a100", [own]).memoryBytes.value).toBe(96e9)
  expect(findMachine("a100").memoryBytes.value).toBe(80 * 2 ** 30)
})

test("the nearest name is the one with the fewest letters to change", () => {
  expect(nearestNames("kitten", ["sitting", "mitten", "kitchen"], 2)).toEqual(["mitten", "kitchen"])
  expect(nearestNames("abc", ["abc", "abc", "abd"])).toEqual(["abc", "abd"])
})
