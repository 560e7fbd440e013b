/**
 * What wasm-bindgen's glue calls, under the names it uses. It writes these functions itself, for every
 * engine and every way of loading a module; here the module is embedded, the engines are those that
 * the package supports, and a page loads a kilobyte less. `guard` is the factory's parameter
 * (scripts/lib/glue.mjs).
 */

/* eslint-disable no-unused-vars, no-undef -- the generated half uses what stands here, and has the rest. */

const encoder = new TextEncoder();
let wasm;
let memory;
let view;
/** How many bytes were passed last. */
let WASM_VECTOR_LEN;

const isLikeNone = (value) => value == null;

/** A memory that has grown leaves an array without bytes behind. */
const getUint8ArrayMemory0 = () => (memory?.length ? memory : (memory = new Uint8Array(wasm.memory.buffer)));
function getDataViewMemory0() {
  const { buffer } = getUint8ArrayMemory0();
  return view?.buffer === buffer ? view : (view = new DataView(buffer));
}

const getArrayU8FromWasm0 = (address, length) => getUint8ArrayMemory0().subarray(address >>> 0, (address >>> 0) + length);
function getStringFromWasm0(address, length) {
  const bytes = getArrayU8FromWasm0(address, length);
  let text = '';
  // short names: a decoder takes longer
  for (const byte of bytes) {
    if (byte > 127 || length > 40) return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}

function passArray8ToWasm0(bytes, allocate) {
  const address = allocate((WASM_VECTOR_LEN = bytes.length), 1) >>> 0;
  getUint8ArrayMemory0().set(bytes, address);
  return address;
}

/** So long may text be that is written character by character, if it is ASCII, such as keys: an encoder takes longer. */
const SHORT = 2 ** 16;
const ASCII = /^[\n -~]*$/;

function passStringToWasm0(text, allocate) {
  if (text.length > SHORT || !ASCII.test(text)) return passArray8ToWasm0(encoder.encode(text), allocate);
  const address = allocate((WASM_VECTOR_LEN = text.length), 1) >>> 0;
  const bytes = getUint8ArrayMemory0();
  for (let at = 0; at < text.length; at++) bytes[address + at] = text.charCodeAt(at);
  return address;
}

function addToExternrefTable0(value) {
  const index = wasm.__externref_table_alloc();
  wasm.__wbindgen_externrefs.set(index, value);
  return index;
}

function takeFromExternrefTable0(index) {
  const value = wasm.__wbindgen_externrefs.get(index);
  wasm.__externref_table_dealloc(index);
  return value;
}

function handleError(call, parameters) {
  try {
    return call.apply(undefined, parameters);
  } catch (error) {
    wasm.__wbindgen_exn_store(addToExternrefTable0(error));
  }
}

export function initSync({ module }) {
  wasm = guard(new WebAssembly.Instance(module, __wbg_get_imports()).exports);
  wasm.__wbindgen_start();
}
