/** A web server that serves a folder under a Content-Security-Policy and remembers what was asked for. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** The policy that the package promises to work under; `script` is what `script-src` allows beside `'self'`. */
export function policy(endpoint, script = "'wasm-unsafe-eval'") {
  const server = new URL(endpoint).origin;
  return `default-src 'none'; script-src 'self' ${script}; connect-src ${server} 'self'; worker-src 'self'`;
}

/** Serves `folder` on a free port of the loopback. `asked` are the paths of all requests so far. */
export async function serveFolder(folder, csp) {
  const asked = [];
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://site').pathname);
    asked.push(path);
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    response.setHeader('content-security-policy', csp);
    response.setHeader('cache-control', 'no-store');
    if (!(await isFile(file))) return response.writeHead(404).end();
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).on('error', () => response.destroy()).pipe(response);
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, asked, stop: () => stop(server) };
}

function stop(server) {
  return new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
}

async function isFile(path) {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
