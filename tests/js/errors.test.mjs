/** Errors are real ones, and know their own. */

import assert from 'node:assert/strict';
import * as ours from '../../dist/index.js';
import { runChild } from './support/child.mjs';
import { entry } from './support/packages.mjs';
import { test } from './support/test.mjs';

const { ErrorCode, isLifelineError, LifelineError, NetworkError } = ours;

test('isLifelineError knows the errors of every copy of the package', async () => {
  const copy = await import(`${entry}?another`);
  const old = (await import('node:module')).createRequire(import.meta.url)(entry.replace(/\.js$/, '.cjs'));
  assert.notEqual(copy.LifelineError, LifelineError);
  assert.notEqual(old.LifelineError, LifelineError);
  for (const module of [ours, copy, old]) {
    for (const error of [new module.LifelineError('cut', 'x'), new module.NetworkError('x')]) {
      assert.ok(isLifelineError(error) && copy.isLifelineError(error) && old.isLifelineError(error));
    }
  }
});

test('isLifelineError is true for nothing else', () => {
  const alike = Object.assign(new Error('x'), { code: 'cut', name: 'LifelineError' });
  for (const value of [undefined, null, 1, 'cut', {}, { code: 'cut' }, new Error('x'), alike, LifelineError]) assert.equal(isLifelineError(value), false);
});

test('LifelineError: its parts, and what is printed of it', () => {
  const cause = new Error('below');
  const error = new LifelineError('http', 'refused', { status: 403, retryable: false, errors: [{ message: 'no' }], transport: 'fetch', retryAfterMs: 5, cause });
  assert.ok(error instanceof Error);
  const { name, code, message, status, retryable, errors, transport, retryAfterMs } = error;
  assert.deepEqual({ name, code, message, status, retryable, errors, transport, retryAfterMs }, {
    name: 'LifelineError', code: 'http', message: 'refused', status: 403, retryable: false, errors: [{ message: 'no' }], transport: 'fetch', retryAfterMs: 5,
  });
  assert.equal(error.cause, cause);
  assert.equal(String(error), 'LifelineError: refused');
  assert.match(error.stack, /errors\.test\.mjs/);
  assert.ok(!Object.keys(error).includes('cause'));
  assert.ok(!('cause' in new LifelineError('cut', 'x')));
});

test("NetworkError: graphql-sse's constructor", () => {
  const response = new Response('body', { status: 502, statusText: 'Bad Gateway' });
  const error = new NetworkError(response);
  assert.deepEqual([error.message, error.status, error.response], ['Server responded with 502: Bad Gateway', 502, response]);
  assert.ok(error instanceof LifelineError && error instanceof Error);
  assert.deepEqual([new NetworkError(new Error('from below')).message, new NetworkError('text').message], ['from below', 'text']);
  assert.deepEqual([new NetworkError('text').response, new NetworkError('text').code, error.name], [undefined, 'network', 'NetworkError']);
});

test('every code is its own name', () => {
  const codes = Object.values(ErrorCode);
  assert.equal(new Set(codes).size, codes.length);
  for (const [name, code] of Object.entries(ErrorCode)) assert.equal(name.toLowerCase(), code.replaceAll('-', ''));
});

test('where WebAssembly is forbidden, importing does no harm, and createClient says what to do', async () => {
  const error = await runChild('no-wasm-child.mjs', [], { flags: ['--jitless'] });
  assert.deepEqual([error.real, error.code, error.retryable], [true, 'wasm-unavailable', false]);
  assert.match(error.message, /'wasm-unsafe-eval'/);
});

test('importing starts nothing: the module is compiled by the first createClient', async () => {
  const { imported, created, second } = await runChild('import-child.mjs', []);
  assert.deepEqual([imported, created, second], [0, 1, 1]);
});
