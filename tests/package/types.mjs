/** The types as an installed package has them, for each way in which TypeScript looks them up. */

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { run } from '../../scripts/lib/process.mjs';
import { tool } from './support/package.mjs';
import { place } from './support/world.mjs';

const TSC_MS = 60_000;

/** No `skipLibCheck`: the package's own declarations must hold, too. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: [],
};

const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const NODE16 = { module: 'node16', moduleResolution: 'node16' };
const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' };

/** wasm-bindgen's declarations name `Symbol.dispose`; the entry's must not ask that of a project. */
const PKG = { lib: [...STRICT.lib, 'esnext.disposable'] };

const PROJECTS = [
  { name: 'bundler', from: 'use.ts', file: 'use.ts', options: BUNDLER },
  { name: 'node16, a module', from: 'use.ts', file: 'use.mts', options: NODE16 },
  { name: 'node16, CommonJS', from: 'use.ts', file: 'use.cts', options: NODE16 },
  { name: 'nodenext, a module', from: 'use.ts', file: 'use.mts', options: NODENEXT },
  { name: 'bundler, for servers', from: 'server.ts', file: 'server.ts', options: BUNDLER },
  { name: 'node16, for servers', from: 'server.ts', file: 'server.mts', options: NODE16 },
  { name: 'node16, CommonJS, for servers', from: 'server.ts', file: 'server.cts', options: NODE16 },
  { name: 'bundler, of pkg/', from: 'pkg.ts', file: 'pkg.ts', options: { ...BUNDLER, ...PKG } },
  { name: 'node16, of pkg/', from: 'pkg.ts', file: 'pkg.mts', options: { ...NODE16, ...PKG } },
];

export function types() {
  let fixture;
  before(async () => (fixture = await place('types')));

  for (const { name, from, file, options } of PROJECTS) {
    test(`moduleResolution ${name}: use compiles, misuse does not`, async () => {
      const folder = join(fixture, name.replaceAll(/\W+/g, '-'));
      await mkdir(folder);
      await copyFile(join(fixture, from), join(folder, file));
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: [file] }));
      await run(tool('tsc'), ['-p', folder], { cwd: folder, timeoutMs: TSC_MS });
    });
  }
}
