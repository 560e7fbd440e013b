/** The embedded WebAssembly module; the build makes `lifeline:module` (scripts/lib/bundle.mjs). */
declare module 'lifeline:module' {
  /** The module as scripts/lib/split.mjs takes it apart, and what else `unpack` wants to know. */
  export function streams(): readonly string[];
  export const shift: number;
  export const length: number;
  /** wasm-bindgen's glue, with a state of its own for each call; `guard` sees the instance's exports first. */
  export function glue(guard: (exports: WebAssembly.Exports) => WebAssembly.Exports): import('./core.js').Glue;
}
