/** nginx as its package has it, before one address. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureNginx } from '../../../scripts/lib/nginx.mjs';
import { freePort } from '../../../scripts/lib/port.mjs';
import { start, stop } from '../../../scripts/lib/process.mjs';
import { poll } from '../../js/support/notices.mjs';

/** What it would write under /var is in a folder of its own; of what a proxy does nothing is said but where it leads. */
const configuration = (port, target) => `
daemon off;
master_process off;
error_log stderr;
pid nginx.pid;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${target};
    }
  }
}
`;

/** Starts it, until the test is over; the address that leads to the path of `target`. */
export async function startNginx(t, target) {
  const { origin, pathname } = new URL(target);
  const [nginx, port, folder] = [await ensureNginx(), await freePort(), await mkdtemp(join(tmpdir(), 'lifeline-nginx-'))];
  await writeFile(join(folder, 'nginx.conf'), configuration(port, origin));
  const child = start(nginx, ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  t.after(async () => {
    await stop(child);
    await rm(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}${pathname}`;
  await poll(async () => {
    if (child.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
    return (await fetch(url).catch(() => undefined))?.headers.get('server')?.startsWith('nginx');
  });
  return url;
}
