/** The page's life: what its browser tells of network, visibility and freezing. It decides nothing, like shell.js. */

import { PAGE } from './news.js';

/** The bits; src/web/inbox.rs has the same. */
const ONLINE = 1;
const VISIBLE = 2;
const FROZEN = 4;

/** Freezing by the browser, and being left for a page from which one can come back. */
const FREEZES = { freeze: true, resume: false, pagehide: true, pageshow: false };

/** Tells how the page is, and whenever that changes, until the client ends. */
export function watchPage(shell) {
  if (shell.unwatch) return;
  const { document, navigator } = globalThis;
  let frozen = false;
  let last = ONLINE | VISIBLE;
  const look = ({ type } = {}) => {
    frozen = FREEZES[type] ?? frozen;
    const bits = (navigator?.onLine === false ? 0 : ONLINE) | (document?.visibilityState === 'hidden' ? 0 : VISIBLE) | (frozen ? FROZEN : 0);
    if (bits !== last) shell.tell(PAGE, 0, 0, undefined, undefined, (last = bits));
  };
  const watched = [[globalThis, 'online', 'offline', 'pagehide', 'pageshow'], [document, 'visibilitychange', 'freeze', 'resume']];
  const each = (act) => {
    for (const [target, ...names] of watched) for (const name of names) target?.[act]?.(name, look);
  };
  shell.unwatch = () => each('removeEventListener');
  each('addEventListener');
  look();
}
