import { describe, test } from "vitest"
import { openNative } from "../../../src/device/index.ts"
import { describeDevice } from "../conduct.ts"
import { expectCompiled } from "./compiled.ts"
import { compiler } from "./compiler.ts"

if (compiler === undefined) describe.skip("native", () => test("needs a C compiler"))
else {
  expectCompiled()
  await describeDevice({
    name: "native",
    open: openNative,
    runs: { primitive: 4, graphs: 40, threads: 8 },
  })
}
