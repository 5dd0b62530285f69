import { lax, linalg } from "../../src/array/index.ts"
import { describeFixture, slackOfDivisions } from "./conformance.ts"

// Factorisations divide all along, and go on with the quotients.
describeFixture("linalg.json", { linalg, "lax.linalg": lax.linalg }, { slack: slackOfDivisions })
