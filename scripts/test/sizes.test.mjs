import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AIM, WARNING, assertEmbeddedOnce, assertWithout, verdict } from '../lib/sizes.mjs';

const parts = (module, whole) => [{ name: 'module', brotli: module }, { name: 'glue', brotli: 10 }, { name: 'whole', brotli: whole }];
const RECORDED = { module: 40_000, glue: 10, whole: 50_000 };

test('below the limit for accidents the size is reported, also over the aim', () => {
  for (const whole of [50_000, AIM + 1, WARNING]) {
    assert.equal(verdict(parts(40_000, whole), RECORDED), `whole has ${whole} bytes (brotli); the aim is about ${AIM}.`);
  }
});

test('over it the parts that have grown are named, and no other', () => {
  const said = verdict(parts(88_000, WARNING + 1), RECORDED);
  assert.match(said, /^WARNING: /);
  assert.match(said, /module: 40000 -> 88000/);
  assert.doesNotMatch(said, /glue/);
});

test('a module that stands twice in the entry, or not at all, is refused', () => {
  assertEmbeddedOnce('a module b', 'module');
  assert.throws(() => assertEmbeddedOnce('module module', 'module'), /2 times/);
  assert.throws(() => assertEmbeddedOnce('nothing', 'module'), /0 times/);
});

test('a crate that is not wanted is refused, and so is a list that cannot be right', () => {
  assertWithout('serde_json', new Set(['graphql-lifeline', 'wasm-bindgen']));
  assert.throws(() => assertWithout('serde_json', new Set(['graphql-lifeline', 'serde_json'])), /serde_json is in the module/);
  assert.throws(() => assertWithout('serde_json', new Set()), /no crate/);
});
