/** The embedded WebAssembly module; the build makes `lifeline:module` (scripts/lib/bundle.mjs). */
declare module 'lifeline:module' {
  /** The module, taken apart by scripts/lib/split.mjs; what `unpack` takes. */
  export function streams(): readonly string[];
  export const shift: number;
  /** wasm-bindgen's glue, with a state of its own for each call; `guard` sees the instance's exports first. */
  export function glue(guard: (exports: WebAssembly.Exports) => WebAssembly.Exports): import('./core.js').Glue;
}
