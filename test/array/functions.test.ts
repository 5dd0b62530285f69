import { np } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

describeFixture("functions.json", { np })
