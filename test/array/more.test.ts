import { lax, nn, np, special } from "../../src/array/index.ts"
import { describeFixture } from "./conformance.ts"

const heavy = ["lax.igamma", ...["betainc", "exp1", "comb", "poch"].map((f) => `special.${f}`)]

describeFixture("more.json", { lax, nn, np, special }, { heavy })
