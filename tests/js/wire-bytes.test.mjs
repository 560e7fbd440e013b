/** wireBytes: the bytes of a value as JSON in UTF-8. */

import assert from 'node:assert/strict';
import { wireBytes } from '../../dist/index.js';
import { test } from './support/test.mjs';

const measured = (value) => Buffer.byteLength(JSON.stringify(value));

test('values of every kind', () => {
  const values = [null, true, false, 0, -0, 1.5e300, NaN, Infinity, '', [], {}, [undefined], { a: undefined }, new Date(0), { toJSON: () => 'é' }, [[[['ü']]]]];
  for (const value of values) assert.equal(wireBytes(value), measured(value), JSON.stringify(value));
});

test('odd strings', () => {
  const strings = [
    'ascii', 'é', '€', '😀', '\u0000', '\u0001\u001f', '\u007f', '\u0080', '\u07ff', '\u0800', '\uffff', '\ufeff', '"\\/', '\b\f\n\r\t', '\u2028\u2029',
    '\ud800', '\udfff', '\ud83d', '\ude00\ud83d', 'a\ud800b', '\ud800\ud800\udc00', '👨‍👩‍👧‍👦', 'e\u0301', '\u{10ffff}', 'ﷺ'.repeat(100),
  ];
  for (const string of strings) {
    assert.equal(wireBytes(string), measured(string), JSON.stringify(string));
    assert.equal(wireBytes({ [string]: [string] }), measured({ [string]: [string] }), JSON.stringify(string));
  }
});

test('every UTF-16 unit', () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const string = String.fromCharCode(unit);
    if (wireBytes(string) !== measured(string)) assert.fail(`unit ${unit.toString(16)}`);
  }
});

test('random strings of random units', () => {
  let seed = 1;
  const random = (below) => {
    seed = (seed * 48_271) % 0x7fffffff;
    return seed % below;
  };
  const ranges = [[0, 0x80], [0x80, 0x780], [0x800, 0x1000], [0xd800, 0x400], [0xdc00, 0x400], [0, 0x10000]];
  for (let i = 0; i < 3_000; i++) {
    const string = String.fromCharCode(...Array.from({ length: random(12) }, () => {
      const [from, size] = ranges[random(ranges.length)];
      return from + random(size);
    }));
    if (wireBytes(string) !== measured(string)) assert.fail(JSON.stringify(string));
  }
});

test('what JSON leaves out is nothing, and what it throws is thrown', () => {
  for (const value of [undefined, () => {}, Symbol('x')]) assert.equal(wireBytes(value), 0);
  const circular = [];
  circular.push(circular);
  assert.throws(() => wireBytes(circular), TypeError);
  assert.throws(() => wireBytes(1n), TypeError);
});

test('a large result takes no long time', () => {
  const value = { text: 'ü'.repeat(4_000_000) };
  const begin = performance.now();
  assert.equal(wireBytes(value), measured(value));
  assert.ok(performance.now() - begin < 2_000);
});
