import { lax, linalg } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

describeFixture("linalg.json", { linalg, "lax.linalg": lax.linalg })
