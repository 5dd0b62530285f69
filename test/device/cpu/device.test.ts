import { openCpu } from "../../../src/device/index.ts"
import { describeDevice } from "../conduct.ts"

await describeDevice({
  name: "cpu",
  open: openCpu,
  runs: { primitive: 25, graphs: 200, threads: 60 },
})
