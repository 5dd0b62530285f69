export * from "./byte-pairs.ts"
export * from "./gpt2-tokens.ts"
export * from "./idx.ts"
export * from "./labelled-images.ts"
