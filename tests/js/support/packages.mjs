/** The packages under test, as they are built. */

import { inRoot } from '../../../scripts/lib/paths.mjs';

export const entry = inRoot('dist/index.js');
/** Traps on an event named `lifeline-panic`. */
export const trappingEntry = inRoot('.cache/variants/deliberate-panic/dist/index.js');
