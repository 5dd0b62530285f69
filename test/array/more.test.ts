import { lax, nn, np, special } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

describeFixture("more.json", { lax, nn, np, special }, false)
