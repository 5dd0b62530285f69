/** What a host and its one worker with a memory of its own tell each other. */

/** What the host tells the worker. */
export type ToSolo =
  | { readonly kind: "open"; readonly pages: number; readonly maximum: number }
  | { readonly kind: "grow"; readonly pages: number }
  | { readonly kind: "write"; readonly address: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "read"
      readonly request: number
      readonly address: number
      readonly bytes: number
    }
  | { readonly kind: "load"; readonly program: number; readonly module: WebAssembly.Module }
  | { readonly kind: "unload"; readonly program: number }
  | {
      readonly kind: "run"
      readonly request: number
      readonly program: number
      readonly args: number
    }

/** What the worker tells the host: an answer to a request, or that it failed. */
export type FromSolo =
  | { readonly kind: "ready" }
  | { readonly kind: "answer"; readonly request: number; readonly bytes?: ArrayBuffer }
  | { readonly kind: "failed"; readonly reason: string }
