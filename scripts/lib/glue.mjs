/** wasm-bindgen's glue as a factory: each call makes a module with a state of its own. */

import * as esbuild from 'esbuild';
import { Problem } from './problem.mjs';
import { shown } from './paths.mjs';

/** What takes the instance's exports into use; the guard sees them first, and so every call into the module. */
const EXPORTS = /\binstance\.exports\b/g;
const EXPORTS_EXPECTED = 1;
const TRAILING_EXPORT = /\bexport \{([^{}]*)\};\s*$/;

/**
 * The glue's source as `export function glue(guard) { …; return { initSync, lifeline_create, … } }`.
 *
 * wasm-bindgen keeps a module's state in variables of the glue. A module that has trapped is dropped
 * and another one started, which therefore needs another set of those variables. `names` are the
 * properties that go by a shorter name: what the module imports and exports.
 */
export async function glueFactory(file, names = new Map()) {
  const text = await bundled(file, names);
  const list = exported(text, file);
  const found = text.match(EXPORTS)?.length ?? 0;
  if (found !== EXPORTS_EXPECTED) {
    throw new Problem(
      `${shown(file)} takes \`instance.exports\` into use in ${found} places, not in ${EXPORTS_EXPECTED}. ` +
        'wasm-bindgen writes other glue than scripts/lib/glue.mjs knows: look at it, and correct the number.',
    );
  }
  const body = text.replace(TRAILING_EXPORT, '').replace(EXPORTS, 'guard(instance.exports)');
  return `export function glue(guard) {\n${body}\nreturn { ${list} };\n}\n`;
}

/**
 * The glue without its default export, the start that fetches a `.wasm` by address: bundlers would
 * follow that address and ship the file a second time.
 */
async function bundled(file, names) {
  const contents = `export * from ${JSON.stringify(file)};`;
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir: '.' },
    bundle: true,
    format: 'esm',
    target: 'es2020',
    charset: 'utf8',
    treeShaking: true,
    legalComments: 'none',
    ...(names.size > 0 && renamed(names)),
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0].text;
}

function renamed(names) {
  const exactly = [...names.keys()].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const mangleProps = new RegExp(`^(?:${exactly.join('|')})$`);
  return { mangleProps, mangleQuoted: true, mangleCache: Object.fromEntries(names) };
}

function exported(text, file) {
  const list = TRAILING_EXPORT.exec(text)?.[1];
  if (list === undefined || /^import /m.test(text)) {
    throw new Problem(`${shown(file)} cannot be wrapped: one export statement at its end is expected, and no import.`);
  }
  const pairs = list.split(',').map((entry) => entry.trim().split(/\s+as\s+/));
  return pairs.map(([local, name = local]) => (local === name ? local : `${name}: ${local}`)).join(', ');
}
