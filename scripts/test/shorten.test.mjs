import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shorten } from '../lib/shorten.mjs';

const FROM = './graphql_lifeline_bg.js';

/** A module that imports two functions and exports one of them twice, and its memory. */
function sample() {
  const section = (id, ...bytes) => [id, bytes.length, ...bytes];
  const text = (string) => [string.length, ...Buffer.from(string)];
  return Uint8Array.from([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, 1, 0x60, 0, 0),
    ...section(2, 2, ...text(FROM), ...text('__wbg_now_0123456789abcdef'), 0, 0, ...text('./snippets/a.js'), ...text('two_things'), 0, 0),
    ...section(5, 1, 0, 1),
    ...section(7, 3, ...text('memory'), 2, 0, ...text('webclient_subscribe'), 0, 0, ...text('wireBytes'), 0, 1),
  ]);
}

test('names that wasm-bindgen made become short, others stay', () => {
  const { module, names } = shorten(sample());
  const compiled = new WebAssembly.Module(module);
  assert.deepEqual(WebAssembly.Module.imports(compiled), [
    { module: names.get(FROM), name: names.get('__wbg_now_0123456789abcdef'), kind: 'function' },
    { module: names.get('./snippets/a.js'), name: 'two_things', kind: 'function' },
  ]);
  assert.deepEqual(WebAssembly.Module.exports(compiled).map(({ name }) => name), [
    'memory',
    names.get('webclient_subscribe'),
    'wireBytes',
  ]);
  assert.ok([...names.values()].every((name) => name.length === 1));
});

test('no two names become the same', () => {
  const { names } = shorten(sample());
  assert.equal(new Set(names.values()).size, names.size);
});

test('the module does what it did', () => {
  const { module, names } = shorten(sample());
  let calls = 0;
  const imports = {
    [names.get(FROM)]: { [names.get('__wbg_now_0123456789abcdef')]: () => (calls += 1) },
    [names.get('./snippets/a.js')]: { two_things: () => (calls += 10) },
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), imports);
  exports[names.get('webclient_subscribe')]();
  exports.wireBytes();
  assert.equal(calls, 11);
});
