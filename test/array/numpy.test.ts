import { lax, nn, np } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

describeFixture("numpy.json", { np, nn, lax })
