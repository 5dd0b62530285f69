export * from "./dtype.ts"
export * from "./expression.ts"
export * from "./shape.ts"
