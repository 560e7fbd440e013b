/** js/ and the embedded module to dist/index.js and dist/index.cjs. */

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import { minify } from 'terser';
import { literal } from './embed.mjs';
import { glueFactory } from './glue.mjs';
import { inRoot, shown } from './paths.mjs';
import { Problem } from './problem.mjs';
import { shorten } from './shorten.mjs';
import { PLAIN, split } from './split.mjs';

/** Stands for the module while esbuild works: it would escape more than is needed. */
const PLACEHOLDER = '@lifeline-module@';
const OPTIONS = { bundle: true, minify: true, target: 'es2020', charset: 'utf8', platform: 'neutral', legalComments: 'none' };
/** terser makes more of what esbuild leaves: it moves values to where they are used once, in several rounds. */
const SHORTER = { module: true, ecma: 2020, compress: { passes: 3 } };

/** Writes both bundles into dist/. */
export async function bundle(place) {
  const { bytes, module, glue } = await embeddable(place);
  await mkdir(place.dist, { recursive: true });
  for (const [format, name] of [['esm', 'index.js'], ['cjs', 'index.cjs']]) {
    const text = await entry(source(glue, module.shift, bytes.length), format);
    checkSelfContained(text, join(place.dist, name));
    await replaceFile(join(place.dist, name), embed(text, module.text));
  }
  await checkEmbedded(place.entry, module, bytes);
}

/** What dist/index.js consists of, each part minified alone: the module as text, the glue, the TypeScript part. */
export async function parts(place) {
  const { module, glue } = await embeddable(place);
  const script = await build(inRoot('js/index.ts'), { external: ['lifeline:module'] });
  return { module: module.text, glue: await shorter(glue), script };
}

async function embeddable(place) {
  const module = await readFile(place.module);
  const { module: short, names } = shorten(module);
  const { module: bytes, streams } = split(short);
  return { bytes, module: literal(streams, PLAIN), glue: await glueFactory(place.glue, new WebAssembly.Module(module), names) };
}

function entry(module, format) {
  return build(inRoot('js/index.ts'), { format, plugins: [virtualModule(module)] });
}

async function build(file, options) {
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [file], format: 'esm', write: false, logLevel: 'silent', ...OPTIONS, ...options,
    });
    return await shorter(outputFiles[0].text);
  } catch (error) {
    const lines = await esbuild.formatMessages(error.errors ?? [], { kind: 'error', color: false });
    throw new Problem(`${shown(file)} could not be bundled:\n${lines.join('') || error.message}`);
  }
}

async function shorter(text) {
  return (await minify(text, SHORTER)).code;
}

/** What `lifeline:module` is. */
function source(glue, shift, length) {
  return `${glue}
export const streams = () => "${PLACEHOLDER}";
export const shift = ${shift};
export const length = ${length};
`;
}

function virtualModule(contents) {
  return {
    name: 'lifeline:module',
    setup(build) {
      build.onResolve({ filter: /^lifeline:module$/ }, ({ path }) => ({ path, namespace: 'lifeline' }));
      build.onLoad({ filter: /.*/, namespace: 'lifeline' }, () => ({ contents, resolveDir: inRoot() }));
    },
  };
}

function embed(text, module) {
  const pieces = text.split(new RegExp(`["'\`]${PLACEHOLDER}["'\`]`));
  if (pieces.length === 2) return pieces.join(module);
  throw new Problem(`The bundle holds the module ${pieces.length - 1} times instead of once; does js/ import streams() from 'lifeline:module'?`);
}

/** An address of a `.wasm` in the entry makes bundlers look for that file, or ship it beside the embedded one. */
function checkSelfContained(text, file) {
  const left = /\.wasm\b(?!\.)|import\.meta/.exec(text);
  if (left === null) return;
  const around = text.slice(Math.max(0, left.index - 40), left.index + 40);
  throw new Problem(`${shown(file)} would hold \`${left[0]}\`, but must stand alone. Around it: ${around}`);
}

/** What the package's own decoder makes of what stands in the finished file is what went in. */
async function checkEmbedded(file, { text, shift }, module) {
  const unpack = await decoder();
  const written = await readFile(file, 'utf8');
  const streams = new Function(`return ${written.substr(written.indexOf(text), text.length)}`)();
  if (Buffer.compare(unpack(streams, shift, module.length), module) !== 0) throw new Problem(`The module in ${shown(file)} is damaged.`);
}

/** `unpack` of js/unpack.ts, as it is in the bundles. */
export async function decoder() {
  const script = await build(inRoot('js/unpack.ts'));
  return (await import(`data:text/javascript,${encodeURIComponent(script)}`)).unpack;
}

/** In one go, so that a test which reads at this moment gets the old file or the new one. */
async function replaceFile(path, text) {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
