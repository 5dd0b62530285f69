import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/seed.ts"],
    testTimeout: 60_000,
    // The first fit on a machine finds out what its devices can do, wherever it stands.
    hookTimeout: 60_000,
  },
})
