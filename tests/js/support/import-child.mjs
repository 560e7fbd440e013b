/** Prints how many modules were compiled after the import, the first client, and the second. */

import { entry } from './packages.mjs';

const { Module } = WebAssembly;
let compiled = 0;
WebAssembly.Module = class extends Module {
  constructor(...source) {
    super(...source);
    compiled += 1;
  }
};
const { createClient } = await import(entry);
const imported = compiled;
createClient({ url: 'http://127.0.0.1/' });
const created = compiled;
createClient({ url: 'http://127.0.0.1/' });
console.log(JSON.stringify({ imported, created, second: compiled }));
