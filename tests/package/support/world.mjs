/** What all the tests share: the installed package, the GraphQL server, the two browsers. Each is made once. */

import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from '../../../scripts/lib/browsers.mjs';
import { cache } from '../../../scripts/lib/paths.mjs';
import { startServer } from '../../../scripts/lib/server.mjs';
import { installPackage } from './package.mjs';

export const BROWSERS = ['chromium', 'firefox'];

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const closers = [];

/** Filled by `open`. */
export const world = { folder: undefined, installed: undefined, endpoint: undefined, browsers: {} };

export async function open() {
  await mkdir(cache, { recursive: true });
  const workspace = await mkdtemp(join(cache, 'package-tests-'));
  const remove = () => rmSync(workspace, { recursive: true, force: true });
  process.once('exit', remove); // also when a signal ends this process
  closers.push(() => rm(workspace, { recursive: true, force: true }));
  const parts = [openPackage(workspace), openServer(), ...BROWSERS.map(openBrowser)];
  const failed = (await Promise.allSettled(parts)).find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason; // only now, so that `close` knows of all that was opened
}

/** Closes what was opened, the last first. */
export async function close() {
  for (const closer of closers.splice(0).reverse()) await closer();
}

/** Copies a fixture to a folder of that name in the project: its path. */
export async function place(fixture, name = fixture) {
  const target = join(world.folder, name);
  await cp(join(fixtures, fixture), target, { recursive: true });
  return target;
}

async function openPackage(workspace) {
  Object.assign(world, await installPackage(workspace));
}

async function openServer() {
  const server = await startServer();
  closers.push(server.stop);
  world.server = server.url;
  world.endpoint = `${server.url}/graphql`;
}

async function openBrowser(name) {
  const browser = await launch(name);
  closers.push(() => browser.close());
  world.browsers[name] = browser;
}
