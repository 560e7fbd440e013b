import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { glueFactory } from '../lib/glue.mjs';

/** What wasm-bindgen writes, as short as it can be; the module adds one to a number. */
const GLUE = `import * as import1 from "./snippet.js"
export function lifeline_add(number) {
    return wasm.lifeline_add(number);
}
function __wbg_get_imports() {
    const import0 = {
        __proto__: null,
    };
    return {
        __proto__: null,
        "./snippet.js": import1,
    };
}
function isLikeNone(x) {
    return x === undefined || x === null;
}
let wasm;
function initSync(module) {
}
export { initSync };
`;

async function made(t, glue, names) {
  const folder = await mkdtemp(join(tmpdir(), 'lifeline-glue-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'snippet.js'), 'export const one = () => 1;\nexport const two = () => 2;\n');
  await writeFile(join(folder, 'glue.js'), glue);
  const source = await glueFactory(join(folder, 'glue.js'), module, names);
  return { source, glue: (await import(`data:text/javascript,${encodeURIComponent(source)}`)).glue };
}

/** (import "./snippet.js" "one" (func (result i32))) (func (export "lifeline_add") (param i32) (result i32) …) (func (export "__wbindgen_start")) */
const module = new WebAssembly.Module(Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 13, 3, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 0,
  2, 20, 1, 12, ...Buffer.from('./snippet.js'), 3, ...Buffer.from('one'), 0, 0,
  3, 3, 2, 1, 2,
  7, 35, 2, 12, ...Buffer.from('lifeline_add'), 0, 1, 16, ...Buffer.from('__wbindgen_start'), 0, 2,
  10, 12, 2, 7, 0, 0x20, 0, 0x10, 0, 0x6a, 0x0b, 2, 0, 0x0b,
]));

test('each call makes a module with a state of its own, behind the guard', async (t) => {
  const { glue, source } = await made(t, GLUE);
  const guarded = [];
  const [first, second] = [1, 2].map((n) => glue((exports) => (guarded.push(n), exports)));
  first.initSync({ module });
  assert.equal(first.lifeline_add(41), 42);
  assert.throws(() => second.lifeline_add(1), 'the other one is not started by that');
  second.initSync({ module });
  assert.deepEqual([second.lifeline_add(1), guarded], [2, [1, 2]]);
  assert.ok(!source.includes('two'), 'what the module does not import is left out');
});

test('a function of wasm-bindgen that is not there is named', async (t) => {
  await assert.rejects(made(t, GLUE.replaceAll('isLikeNone', 'somethingNew')), /it calls somethingNew\(\), which js\/glue\.js does not have/);
});

test('glue of another shape is refused', async (t) => {
  await assert.rejects(made(t, GLUE.replaceAll('__wbg_get_imports', 'imports')), /does not stand in __wbg_get_imports\(\)/);
});
