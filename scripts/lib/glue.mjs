/** wasm-bindgen's glue as a factory: each call makes a module with a state of its own. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as esbuild from 'esbuild';
import { Problem } from './problem.mjs';
import { inRoot, shown } from './paths.mjs';

/** The glue's own functions; all that stands behind what the module imports. */
const HELPERS = /(?<=^function __wbg_get_imports\(\) \{\n(?:[ \n].*\n|\n)*\}\n)[^]*/m;
const HELPER = /^(?:export )?(?:async )?function (\w+)/gm;
/** Starts that the embedded module does not need. */
const STARTS = ['initSync', '__wbg_init', '__wbg_init_once', '__wbg_load', '__wbg_finalize_init', 'decodeText'];
const SNIPPET = /^import \* as (\w+) from "(.*)"\n/gm;
const TRAILING_EXPORT = /\bexport \{([^{}]*)\};\s*$/;

/**
 * The glue's source as `export function glue(guard) { …; return { initSync, lifeline_create, … } }`.
 *
 * wasm-bindgen keeps a module's state in variables of the glue. A module that has trapped is dropped
 * and another one started, which therefore needs another set of those variables. `names` are the
 * properties that go by a shorter name: what the module imports and exports.
 */
export async function glueFactory(file, module, names = new Map()) {
  const source = lightened(await readFile(file, 'utf8'), file, module);
  const own = await readFile(inRoot('js/glue.js'), 'utf8');
  checkHelpers(source.helpers, own, file);
  const text = await bundled(`${source.bindings}\n${own}`, dirname(file), names);
  const list = exported(text, file);
  return `export function glue(guard) {\n${text.replace(TRAILING_EXPORT, '')}\nreturn { ${list} };\n}\n`;
}

/** The bindings without wasm-bindgen's own functions, and of a snippet only what the module imports as it is. */
function lightened(text, file, module) {
  const helpers = HELPERS.exec(text)?.[0];
  if (helpers === undefined) throw unknown(file, 'what the module imports does not stand in __wbg_get_imports()');
  let bindings = text.slice(0, text.length - helpers.length);
  const seen = new Set();
  for (const [statement, name, path] of bindings.matchAll(SNIPPET)) {
    const wanted = WebAssembly.Module.imports(module).filter((one) => one.module === path).map((one) => one.name);
    // one statement for each function, each with the whole of the snippet
    const once = seen.has(path) ? '' : `import { ${wanted} } from "${path}"\nconst ${name} = { ${wanted} };\n`;
    bindings = bindings.replace(statement, once);
    if (seen.has(path)) bindings = bindings.replace(new RegExp(`^.*: ${name},\n`, 'm'), '');
    seen.add(path);
  }
  return { bindings, helpers };
}

function checkHelpers(helpers, own, file) {
  for (const [, name] of helpers.matchAll(HELPER)) {
    if (!STARTS.includes(name) && !new RegExp(`^(?:const|function) ${name}\\b`, 'm').test(own)) throw unknown(file, `it calls ${name}(), which js/glue.js does not have`);
  }
}

function unknown(file, what) {
  return new Problem(`wasm-bindgen writes other glue (${shown(file)}) than scripts/lib/glue.mjs knows: ${what}.`);
}

async function bundled(contents, resolveDir, names) {
  const { outputFiles } = await esbuild.build({
    stdin: { contents, resolveDir },
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
