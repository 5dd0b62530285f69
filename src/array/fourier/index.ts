/** Fourier transforms under NumPy's names. */

export * from "./many-axes.ts"
export * from "./one-axis.ts"
