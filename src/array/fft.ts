/** Fourier transforms under NumPy's names. */

export * from "./fourier.ts"
export * from "./fourier-many.ts"
