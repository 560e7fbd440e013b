import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { decoder } from '../lib/bundle.mjs';
import { literal } from '../lib/embed.mjs';
import { layout } from '../lib/layout.mjs';
import { Problem } from '../lib/problem.mjs';
import { PLAIN, split } from '../lib/split.mjs';

const unpack = await decoder();

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const END = 0x0b;
const MOST_NEGATIVE_I64 = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f];
const LARGEST_I32 = [0xff, 0xff, 0xff, 0xff, 0x07];

/** Unsigned LEB128. */
function number(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)];
}

function section(id, ...bytes) {
  return [id, ...number(bytes.length), ...bytes];
}

/** A function without its length; `END` is added. */
function body(instructions, locals = [0]) {
  return [...locals, ...instructions, END];
}

function code(...bodies) {
  return section(10, ...number(bodies.length), ...bodies.flatMap((bytes) => [...number(bytes.length), ...bytes]));
}

function modul(...sections) {
  return Uint8Array.from([...MAGIC, ...sections.flat()]);
}

/** What a page gets: written as a literal into a file, read from it, put together. */
function roundTrip(original) {
  const { module, streams } = split(original);
  const { text, shift } = literal(streams, PLAIN);
  const read = Buffer.from(text, 'utf8').toString('utf8');
  return unpack(new Function(`return ${read}`)(), shift, module.length);
}

function comesBack(...bodies) {
  const module = modul(code(...bodies));
  assert.deepEqual(roundTrip(module), module);
}

test('each instruction that nothing follows', () => {
  const codes = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
  comesBack(body([0x00, 0x01, 0x0f, 0x1a, 0x1b, ...codes(0x45, 0xc4), 0xd1]));
});

test('blocks, loops and conditions, one in another, with types of every kind', () => {
  comesBack(body([0x02, 0x40, 0x03, 0x7f, 0x04, 0x05, 0x05, 0x04, 0x80, 0x01, 0x02, 0xff, 0xff, 0x03, END, END, END, END, END]), body([]));
});

test('branches, also from a table', () => {
  comesBack(body([0x0c, 0, 0x0d, 0x80, 0x01, 0x0e, 3, 0x02, 0x0b, 0x03, 0x80, 0x02, 0x0e, 0, 0]));
  const targets = Array.from({ length: 40_000 }, (_, i) => i % 12); // some look like blocks and ends
  comesBack(body([0x0e, ...number(targets.length), ...targets, 0, 0x01]), body([0x01]));
});

test('calls, direct and through a table', () => {
  comesBack(body([0x10, 0, 0x10, 0x7f, 0x10, 0x80, 0x01, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x11, 0x85, 0x01, 0x00]));
});

test('locals, globals and tables', () => {
  const used = [0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26].flatMap((opcode) => [opcode, 0, opcode, 0x0b, opcode, 0xff, 0x01]);
  comesBack(body(used, [2, 0xe8, 0x07, 0x7f, 1, 0x7e]), body(used, [1, 3, 0x6f]), body([]));
});

test('loads and stores with every alignment, which becomes 0, and large offsets', () => {
  const accesses = [];
  for (let opcode = 0x28; opcode <= 0x3e; opcode += 1) {
    for (const alignment of [0, 1, 2, 3, 4, 63]) accesses.push(opcode, alignment, 0, opcode, alignment, ...LARGEST_I32);
  }
  const module = modul(code(body([...accesses, 0x3f, 0, 0x40, 0])));
  const before = Uint8Array.from(module);
  const expected = roundTrip(module);
  assert.deepEqual(module, before, 'the original is left as it was');
  const unaligned = accesses.flatMap((byte, i) => (i % 10 === 1 || i % 10 === 4 ? [0] : [byte]));
  assert.deepEqual(expected, modul(code(body([...unaligned, 0x3f, 0, 0x40, 0]))));
});

test('constants: small, large and negative', () => {
  const short = [[0], [1], [0x3f], [0x40], [0x7f], [0xc0, 0x00], [0xff, 0x00], [0x80, 0x7f]]; // 0x7f is -1
  const i32 = [...short, [0x80, 0x80, 0xc0, 0x00], LARGEST_I32, [0x80, 0x80, 0x80, 0x80, 0x78]];
  const i64 = [...i32, MOST_NEGATIVE_I64, MOST_NEGATIVE_I64.with(9, 0x00)];
  comesBack(body([...i32.flatMap((bytes) => [0x41, ...bytes]), ...i64.flatMap((bytes) => [0x42, ...bytes])]));
  comesBack(body([0x43, 0x0b, 0x02, 0xff, 0x80, 0x44, 0x02, 0x03, 0x04, 0x0b, 0x0b, 0x41, 0x80, 0xff]));
});

test('saturating conversions, bulk memory, tables and references', () => {
  const numbers = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];
  const extended = numbers.flatMap((count, opcode) => [0xfc, opcode, ...[0x0b, 0x82, 0x01].slice(0, count && 2 * count - 1)]);
  comesBack(body([...extended, 0xd0, 0x6f, 0xd2, 0x80, 0x01, 0x1c, 1, 0x6f, 0x1c, 2, 0x7f, 0x7e]));
});

test('functions whose lengths take one, two and three bytes', () => {
  const sizes = [0, 125, 126, 127, 16_381, 16_382, 16_383, 40_000];
  comesBack(...sizes.map((size) => body(Array.from({ length: size }, () => 0x01))));
});

test('padded numbers, as a linker writes them', () => {
  const zero = [0x80, 0x80, 0x80, 0x80, 0x00];
  const frequent = [0x10, ...zero, 0x41, ...zero, 0x20, 0x80, 0x00, 0x28, 0, ...zero, 0x02, 0xc0, 0x7f, END];
  const rare = [0x0e, 0x81, 0x00, 0x80, 0x00, 0];
  comesBack(body([...frequent, ...rare], [0x81, 0x00, 0x82, 0x00, 0x7f]));
  // The section's length and the number of functions are padded as well.
  const module = modul([10, 0x85, 0x00, 0x81, 0x00, 2, 0, END]);
  assert.deepEqual(roundTrip(module), module);
});

test('a padded length of a function is refused', () => {
  const module = modul(section(10, 1, 0x82, 0x00, 0, END));
  assert.throws(() => split(module), (error) => error instanceof Problem && /function at byte 11/.test(error.message));
});

test('a module without code, one without functions, and one without anything', () => {
  const custom = section(0, 3, ...Buffer.from('abc'), 1, 2, 3);
  for (const module of [modul(), modul(section(5, 1, 0, 1), custom), modul(code()), modul(code(), custom)]) {
    assert.deepEqual(roundTrip(module), module);
  }
});

test('what stands before the code and after it, of whatever bytes', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => i);
  const data = section(11, 1, 0, 0x41, 0, END, ...number(256), ...bytes);
  const custom = section(0, 1, 0x61, ...bytes, ...bytes.toReversed());
  const before = [section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(5, 1, 0, 1), section(12, 1), custom];
  const module = modul(...before, code(body([0x01])), data, custom);
  assert.ok(WebAssembly.validate(module));
  assert.deepEqual(roundTrip(module), module);
});

test('what it does not know is refused, by name and place', () => {
  const refusals = [
    [[0x01, 0x12, 0], /instruction 0x12 at byte 14 .*split\.mjs/],
    [[0xfc, 18, 0], /instruction 0xfc 0x12 at byte 13 .*split\.mjs/],
    [[0xfd, 0x0c], /instruction 0xfd at byte 13 .*split\.mjs/],
    [[0x28, 0x42, 0, 0], /instruction 0x28 with alignment flags 0x42 at byte 13 .*split\.mjs/],
    [[0x28, 0x82, 0x00, 0], /instruction 0x28 with alignment flags 0x82 at byte 13 .*split\.mjs/],
  ];
  for (const [instructions, expected] of refusals) {
    assert.throws(() => split(modul(code(body(instructions)))), (error) => error instanceof Problem && expected.test(error.message));
  }
  assert.throws(() => split(modul(section(13, 0))), (error) => error instanceof Problem && /section of kind 13 at byte 8/.test(error.message));
});

test('functions that end too early, too late or not at all are refused', () => {
  for (const bytes of [[3, 0, END, 0x01], [2, 0, 0x02, 0x40, END, END], [2, 0, 0x01]]) {
    assert.throws(() => split(modul(section(10, 1, ...bytes))), Problem);
  }
});

test('the package as it was built last', { skip: !existsSync(layout().module) && 'it is not built' }, async () => {
  const original = Uint8Array.from(await readFile(layout().module));
  const { module } = split(original);
  assert.deepEqual(roundTrip(original), module);
  assert.ok(WebAssembly.validate(module));
  const changed = original.filter((byte, i) => byte !== module[i]);
  assert.ok(changed.length > 0 && changed.every((byte) => byte <= 3), 'only alignments have changed');
  assert.equal(module.length, original.length);
});
