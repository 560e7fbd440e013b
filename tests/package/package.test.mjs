/**
 * The package as its users get it: the tarball of `npm pack`, installed, and used in the places it is made for.
 *
 * One process and one file for all, so that packing and starting the browsers is done once.
 */

import { after, before, describe } from 'node:test';
import { bundlers } from './bundlers.mjs';
import { contents } from './contents.mjs';
import { devServer } from './dev-server.mjs';
import { forbidden } from './forbidden.mjs';
import { inNode } from './node.mjs';
import { pkg } from './pkg.mjs';
import { close, open } from './support/world.mjs';
import { types } from './types.mjs';
import { inVitest } from './vitest.mjs';

describe('the package, installed from its tarball', { timeout: 10 * 60_000 }, () => {
  before(open, { timeout: 5 * 60_000 });
  after(close);
  describe('holds what it should', contents);
  describe('in Node', inNode);
  describe('in Vitest with jsdom', inVitest);
  describe('in TypeScript', types);
  describe('built for the browser', bundlers);
  describe("from Vite's dev server", devServer);
  describe('where WebAssembly is forbidden', forbidden);
  describe('as the plain module in pkg/', pkg);
});
