/**
 * Short names for what the module imports and exports.
 *
 * wasm-bindgen's names carry a hash (`__wbg_call_a410eb4b59ed5965`), which compresses to nothing and
 * stands both in the module and in its glue: 1 KB of 15 after compression. pkg/ keeps the long names.
 */

const IMPORTS = 2;
const EXPORTS = 7;
const FUNCTION = 0;

/**
 * Only what wasm-bindgen named: module paths, `__wbg_…`, and exports like `webclient_subscribe`. The
 * glue is renamed property by property, and a plain word may be the name of a public method as well.
 */
const MACHINE_MADE = /^__|_|\//;

/** Returns the module with short names, and which long name became which short one. */
export function shorten(module) {
  const names = new Map();
  const short = (name) => {
    if (!names.has(name) && MACHINE_MADE.test(name)) names.set(name, shortName(names.size));
    return names.get(name) ?? name;
  };
  const rewrite = { [IMPORTS]: imports, [EXPORTS]: exports };
  const out = [...module.subarray(0, 8)]; // magic number and version
  const reader = new Reader(module, 8);
  while (!reader.atEnd()) {
    const id = reader.byte();
    const body = reader.take(reader.number());
    const written = rewrite[id]?.(new Reader(body, 0), short) ?? body;
    out.push(id, ...number(written.length), ...written);
  }
  return { module: Uint8Array.from(out), names };
}

/** WebAssembly 5.5.5: a vector of module, name and description. */
function imports(reader, short) {
  return vector(reader, () => {
    const [from, name] = [reader.text(), reader.text()];
    const ours = name.startsWith('__wb'); // else it is a function of a snippet, with a name from there
    const entry = [...text(short(from)), ...text(ours ? short(name) : name)];
    const kind = reader.byte();
    if (kind !== FUNCTION) throw new Error(`an import of kind ${kind}; wasm-bindgen imports functions only`);
    return [...entry, kind, ...number(reader.number())];
  });
}

/** WebAssembly 5.5.10: a vector of name, kind and index. */
function exports(reader, short) {
  return vector(reader, () => [...text(short(reader.text())), reader.byte(), ...number(reader.number())]);
}

function vector(reader, entry) {
  const count = reader.number();
  const out = number(count);
  for (let i = 0; i < count; i += 1) out.push(...entry());
  return out;
}

/** a, b, …, z, aa, ab, … */
function shortName(index) {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : shortName(Math.floor(index / 26) - 1) + last;
}

function text(string) {
  const bytes = new TextEncoder().encode(string);
  return [...number(bytes.length), ...bytes];
}

/** Unsigned LEB128. */
function number(value) {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...number(value >>> 7)];
}

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  atEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  text() {
    return new TextDecoder().decode(this.take(this.number()));
  }

  number() {
    const byte = this.byte();
    return byte < 0x80 ? byte : (byte & 0x7f) + this.number() * 0x80;
  }
}
