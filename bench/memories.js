/** The memories of WebAssembly: the package's module shows its own to nobody, so this has to be loaded before. */

const memories = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...start) {
    super(...start);
    memories.push(...Object.values(this.exports).filter((value) => value instanceof WebAssembly.Memory));
  }
};

/** Of all together. */
export function wasmBytes() {
  return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
