/** js/ to the type declarations in dist/, for `import` and for `require`. */

import { readFile, writeFile } from 'node:fs/promises';
import { inRoot } from './paths.mjs';
import { run } from './process.mjs';
import { filesUnder } from './stamp.mjs';

/** A `require` is typed by `.d.cts` files that know only `.cjs` beside them. */
export async function declarations({ dist }) {
  const project = inRoot('js/tsconfig.build.json');
  await run(inRoot('node_modules/.bin/tsc'), ['-p', project, '--outDir', dist]);
  for (const file of await filesUnder(dist)) {
    if (!file.endsWith('.d.ts')) continue;
    const text = await readFile(file, 'utf8');
    const common = text.replace(/((?:from|import\(|import)\s*["']\.{1,2}\/[^"']*)\.js(["'])/g, '$1.cjs$2');
    await writeFile(file.replace(/\.d\.ts$/, '.d.cts'), common);
  }
}
