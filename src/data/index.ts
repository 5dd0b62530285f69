export * from "./idx.ts"
export * from "./labelled-images.ts"
