/**
 * A WebAssembly module as several streams, which compress better than the module: what follows an
 * opcode is of another nature than the opcode, and the next opcode depends on the last one rather
 * than on the number in between. js/unpack.ts puts the module together again, byte for byte.
 *
 * The streams, in the order in which js/unpack.ts knows them:
 *
 *  0        what to do for each opcode: a character for the stream that its number comes from, see `kinds`
 *  1 to 10  the numbers of the frequent instructions, in LEB128, see `pairs`
 *  11       the instructions of all functions: opcode, + 256 for a rare one, whose bytes are just copied
 *  12, 13   local declarations, and what follows a rare instruction: how many bytes, then the bytes
 *  14, 15   the module before its first function, and after its last one
 *
 * Lengths of functions are left out.
 */

import { Problem } from './problem.mjs';

const [BLOCKS, BRANCHES, CALLS, GETS, SETS, TEES, GLOBALS, OFFSETS, CONSTANTS, LONG_CONSTANTS] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const [INSTRUCTIONS, DECLARATIONS, RARE, HEAD, TAIL] = [11, 12, 13, 14, 15];

/** The streams whose characters are not shifted: text, mostly, and text compresses as text. */
export const PLAIN = [0, HEAD, TAIL];

const CODE_SECTION = 10;
const LAST_SECTION = 12;
const END = 0x0b;
const EXTENDED = 0xfc;

/** The frequent instructions: what follows is one number, after an alignment for a memory access. First and last opcode, stream. */
const FREQUENT = [
  [0x02, 0x04, BLOCKS],
  [0x0c, 0x0d, BRANCHES],
  [0x10, 0x10, CALLS],
  [0x20, 0x20, GETS],
  [0x21, 0x21, SETS],
  [0x22, 0x22, TEES],
  [0x23, 0x26, GLOBALS],
  [0x28, 0x3e, OFFSETS],
  [0x41, 0x41, CONSTANTS],
  [0x42, 0x42, LONG_CONSTANTS],
];

/** What follows the rare instructions. */
const IMMEDIATES = {
  0x0e: (reader) => reader.numbers(reader.number() + 1), // br_table
  0x11: (reader) => reader.numbers(2), // call_indirect
  0x1c: (reader) => reader.numbers(reader.number()), // select with types
  0x3f: (reader) => reader.numbers(1), // memory.size
  0x40: (reader) => reader.numbers(1), // memory.grow
  0x43: (reader) => reader.skip(4), // f32.const
  0x44: (reader) => reader.skip(8), // f64.const
  0xd0: (reader) => reader.numbers(1), // ref.null
  0xd2: (reader) => reader.numbers(1), // ref.func
  [EXTENDED]: extended,
};

/** How many numbers follow 0xfc and 0, 1, …: saturating conversions, bulk memory, tables. */
const EXTENDED_NUMBERS = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Opcodes that nothing follows. First and last one. */
const BARE = [[0x00, 0x01], [0x05, 0x05], [END, END], [0x0f, 0x0f], [0x1a, 0x1b], [0x45, 0xc4], [0xd1, 0xd1]];

/** A character holds a count of bytes; it must stay below the surrogates, which UTF-8 cannot hold alone. */
const MOST_BYTES = 0x7fff;

/**
 * `streams` are arrays of numbers from 0 to 0x80ff. `module` is what comes of them: the original, but
 * for the alignments of memory accesses.
 */
export function split(original) {
  const module = Uint8Array.from(original);
  const streams = [kinds(), ...Array.from({ length: TAIL }, () => [])];
  const reader = new Reader(module);
  const code = codeSection(reader);
  streams[HEAD] = [...module.subarray(0, code.first)];
  reader.at = code.first;
  for (let i = 0; i < code.count; i += 1) splitFunction(reader, streams);
  if (reader.at !== code.end) {
    throw new Problem(`The functions of the WebAssembly module end at byte ${reader.at}, their section at byte ${code.end}: one of them is wrong.`);
  }
  streams[TAIL] = [...module.subarray(code.end)];
  return { module, streams };
}

/** For each opcode a letter: 64 + stream. */
function kinds() {
  return Array.from({ length: FREQUENT.at(-1)[1] + 1 }, (_, opcode) => 64 + (streamOf(opcode) ?? 0));
}

function streamOf(opcode) {
  return FREQUENT.find((range) => within(opcode, range))?.[2];
}

function within(opcode, [first, last]) {
  return opcode >= first && opcode <= last;
}

/** Where the first function begins, how many there are, and where they end. */
function codeSection(reader) {
  reader.skip(8); // magic number and version
  while (!reader.atEnd()) {
    const start = reader.at;
    const id = reader.byte();
    if (id > LAST_SECTION) {
      throw new Problem(
        `The WebAssembly module has a section of kind ${id} at byte ${start}, which is unknown: ` +
          'teach scripts/lib/split.mjs this section, or that it may be copied (LAST_SECTION).',
      );
    }
    const length = reader.number();
    const end = reader.at + length;
    if (id === CODE_SECTION) return { count: reader.number(), first: reader.at, end };
    reader.at = end;
  }
  return { count: 0, first: reader.at, end: reader.at };
}

function splitFunction(reader, streams) {
  const start = reader.at;
  const length = reader.number();
  const end = reader.at + length;
  if (reader.at - start !== lengthOf(length)) {
    throw new Problem(
      `The function at byte ${start} has a padded length, which js/unpack.ts would not write again: ` +
        'let wasm-opt write the module (scripts/lib/wasm.mjs).',
    );
  }
  const declarations = reader.take(() => {
    for (let count = reader.number(); count > 0; count -= 1) reader.numbers(2);
  });
  streams[DECLARATIONS].push(declarations.length, ...declarations);
  for (let depth = 1; depth > 0;) {
    const opcode = splitInstruction(reader, streams);
    if (streamOf(opcode) === BLOCKS) depth += 1;
    if (opcode === END) depth -= 1;
  }
  if (reader.at === end) return;
  throw new Problem(`The function at byte ${start} ends at byte ${reader.at}, and should at ${end}: scripts/lib/split.mjs misreads it.`);
}

/** How many bytes a number takes in LEB128. */
function lengthOf(value) {
  return value < 0x80 ? 1 : 1 + lengthOf(value >>> 7);
}

function splitInstruction(reader, streams) {
  const start = reader.at;
  const opcode = reader.byte();
  const stream = streamOf(opcode);
  if (stream === OFFSETS) splitAccess(reader, streams, start);
  else if (stream !== undefined) {
    streams[INSTRUCTIONS].push(opcode);
    streams[stream].push(...pairs(reader.take(() => reader.numbers(1))));
  } else if (BARE.some((range) => within(opcode, range))) streams[INSTRUCTIONS].push(opcode);
  else {
    const immediates = IMMEDIATES[opcode] ?? (() => unknown(opcode, start));
    copy(streams, [opcode, ...reader.take(() => immediates(reader))]);
  }
  return opcode;
}

/**
 * A load or store: alignment and offset. The alignment is a hint, which no engine needs: 0 is allowed
 * for every access. Flags above the alignment would mean one more number, for one of several memories.
 */
function splitAccess(reader, streams, start) {
  const opcode = reader.module[start];
  const at = reader.at;
  const [alignment] = reader.take(() => reader.numbers(1));
  if (alignment >= 0x40) unknown(`${hex(opcode)} with alignment flags ${hex(alignment)}`, start);
  reader.module[at] = 0;
  streams[INSTRUCTIONS].push(opcode);
  streams[OFFSETS].push(...pairs(reader.take(() => reader.numbers(1))));
}

function extended(reader) {
  const start = reader.at - 1;
  const opcode = reader.number();
  if (EXTENDED_NUMBERS[opcode] === undefined) unknown(`${hex(EXTENDED)} ${hex(opcode)}`, start);
  reader.numbers(EXTENDED_NUMBERS[opcode]);
}

/** A rare instruction: its bytes as they are. */
function copy(streams, bytes) {
  for (let i = 0; i < bytes.length; i += 1 + MOST_BYTES) {
    const more = bytes.slice(i + 1, i + 1 + MOST_BYTES);
    streams[INSTRUCTIONS].push(256 + bytes[i]);
    streams[RARE].push(more.length, ...more);
  }
}

/**
 * The bytes of a number in LEB128, where a byte with a successor shares a character with it: a byte
 * above 127 alone is two bytes in UTF-8. Works for padded numbers as well.
 */
function pairs(bytes) {
  const out = [];
  for (let i = 0; i < bytes.length; i += 1) out.push(bytes[i] < 0x80 ? bytes[i] : bytes[i] + 0x80 * bytes[++i]);
  return out;
}

function unknown(instruction, at) {
  const name = typeof instruction === 'number' ? hex(instruction) : instruction;
  throw new Problem(
    `The WebAssembly instruction ${name} at byte ${at} of the module is unknown: ` +
      'teach scripts/lib/split.mjs this instruction, that is what follows it (IMMEDIATES, BARE).',
  );
}

function hex(byte) {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

class Reader {
  at = 0;

  constructor(module) {
    this.module = module;
  }

  atEnd() {
    return this.at >= this.module.length;
  }

  byte() {
    if (this.atEnd()) throw new Problem('The WebAssembly module ends in the middle, or scripts/lib/split.mjs misreads it.');
    return this.module[this.at++];
  }

  skip(length) {
    this.at += length;
  }

  /** Unsigned LEB128. */
  number() {
    const byte = this.byte();
    return byte < 0x80 ? byte : (byte & 0x7f) + this.number() * 0x80;
  }

  /** Passes over numbers in LEB128, signed or not, or over single bytes below 128. */
  numbers(count) {
    for (let i = 0; i < count; i += 1) this.number();
  }

  /** The bytes that `pass` passes over. */
  take(pass) {
    const start = this.at;
    pass();
    return this.module.slice(start, this.at);
  }
}
