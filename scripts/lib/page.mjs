/** www/ to www/dist/, the demo page. */

import { layout } from './layout.mjs';
import { inRoot } from './paths.mjs';
import { run } from './process.mjs';
import { make } from './stamp.mjs';

/** The package must have been built: the page is made from dist/. */
export async function buildPage() {
  const inputs = [inRoot('www'), layout().entry, inRoot('node_modules/vite/package.json')];
  const spec = { name: 'page', inputs, outputs: [inRoot('www/dist/index.html')] };
  await make('build the demo page', spec, () => run(inRoot('node_modules/.bin/vite'), ['build', 'www']));
}
