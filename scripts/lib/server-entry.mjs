/** js/server/ to dist/server.js and dist/server.cjs: no module in them, and readable, since nobody downloads them. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as esbuild from 'esbuild';
import { inRoot } from './paths.mjs';

const OPTIONS = { bundle: true, target: 'es2022', charset: 'utf8', platform: 'neutral', legalComments: 'none', write: false, logLevel: 'silent' };

/** Writes both bundles, `[format, file]` each. */
export async function bundleServer(outputs) {
  for (const [format, file] of outputs) {
    const { outputFiles } = await esbuild.build({ entryPoints: [inRoot('js/server/index.ts')], format, ...OPTIONS });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, outputFiles[0].text);
  }
}
