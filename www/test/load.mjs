import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Imports one of the page's TypeScript modules into Node. */
export async function load(name) {
  const entry = fileURLToPath(new URL(`../src/${name}`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', target: 'es2022', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
