/** The whole benchmark: a server, Chromium, Node; one section after the other. */

import { mkdir, readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import * as esbuild from 'esbuild';
import { cache, inRoot } from '../scripts/lib/paths.mjs';
import { Problem } from '../scripts/lib/problem.mjs';
import { start, stop } from '../scripts/lib/process.mjs';
import { step } from '../scripts/lib/step.mjs';
import { measureCalm, measureFloods } from './calm.mjs';
import { Chromium } from './chromium.mjs';
import { measureChunks } from './chunks.mjs';
import { measureChurn } from './churn.mjs';
import { Node } from './node.mjs';
import { measurePeak } from './peak.mjs';
import { measureProfile } from './profile.mjs';
import { Field } from './rounds.mjs';
import { measureSockets } from './sockets.mjs';
import { measureStreams } from './streams.mjs';

const WITHOUT_STREAMS = ['websocket', 'lifeline-websocket', 'graphql-ws'];

/**
 * Everything that was measured, as bench/results.json has it. `only` names a part: a place (`chromium`), a section there
 * (`chromium.streams`), a workload (`chromium.streams.small`).
 */
export async function measureAll({ quick, rounds, only = '' }) {
  const [inPlace, inSection, workload] = only.split('.');
  const wanted = (name, part) => !part || name === part;
  const chosen = Object.entries(SECTIONS).flatMap(([place, sections]) => (wanted(place, inPlace) ? [[place, sections.filter(([name]) => wanted(name, inSection))]] : []));
  if (chosen.every(([, sections]) => sections.length === 0)) throw new Problem(`There is nothing called ${only} to measure.`);
  const server = await Server.start(await bundle(), quick);
  const options = { quick, rounds, wanted: (name) => wanted(name, workload) };
  const results = { quick, rounds, cores: cpus().length, platform: process.platform, brotli: await entryBytes(), versions: [] };
  try {
    for (const [name, sections] of chosen) {
      const place = await PLACES[name](server.url);
      try {
        results.versions.push(place.version);
        results[name] = await measureIn(place, sections, server, options);
      } finally {
        await place.close();
      }
    }
    return results;
  } finally {
    await server.stop();
  }
}

async function measureIn(place, sections, server, options) {
  const warmUp = { job: { url: server.stream('small', true) }, suits: (client) => !WITHOUT_STREAMS.includes(client) };
  const measured = {};
  for (const [name, measure] of sections) {
    const field = new Field(place, warmUp);
    try {
      measured[name] = await step(`measure ${name} in ${place.version}`, (note) => measure(field, server, { ...options, note }));
    } finally {
      await field.close();
    }
  }
  return measured;
}

const PLACES = { chromium: (url) => Chromium.launch(url), node: async () => new Node() };

/** By place: what is measured, each with fresh pages or processes. */
const SECTIONS = {
  chromium: [
    ['streams', measureStreams],
    ['sockets', measureSockets],
    ['calm', measureCalm],
    ['floods', measureFloods],
    ['profile', measureProfile],
  ],
  node: [
    ['streams', measureStreams],
    ['sockets', measureSockets],
    ['chunks', (field, _, options) => measureChunks(field, options)],
    ['churn', (field, _, options) => measureChurn(field, options)],
    ['peak', (field, _, options) => measurePeak(field, options)],
  ],
};

/** The page and the clients, each with what it needs, as a bundler leaves them. */
async function bundle() {
  const outdir = join(cache, 'bench');
  await mkdir(outdir, { recursive: true });
  const options = { bundle: true, splitting: true, format: 'esm', target: 'es2022', charset: 'utf8', logLevel: 'silent', define: { 'process.env.NODE_ENV': '"production"' } };
  await esbuild.build({ ...options, entryPoints: [inRoot('bench/page.js')], outdir });
  return outdir;
}

/** What a page loads. */
async function entryBytes() {
  return brotliCompressSync(await readFile(inRoot('dist/index.js'))).length;
}

class Server {
  /** `server.mjs` in a process of its own. */
  static async start(folder, quick) {
    const child = start(process.execPath, [inRoot('bench/server.mjs'), folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const url = await new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(message.url));
      child.once('close', (code) => reject(new Problem(`The benchmark's server ended with exit code ${code}.`)));
    });
    return Object.assign(new Server(), { child, url, quick });
  }

  /** Makes a workload; its bytes, and what a client must have seen of it. */
  async prepare(name, quick = this.quick) {
    const response = await fetch(this.#address('prepare', name, quick), { method: 'POST' });
    if (!response.ok) throw new Problem(`The benchmark's server: ${await response.text()}`);
    return response.json();
  }

  stream(name, quick = this.quick) {
    return this.#address('stream', name, quick);
  }

  /** Where a socket is, and what is asked for when it is subscribed. */
  socket(wanted) {
    const query = new URLSearchParams(Object.entries(wanted));
    return { url: `${this.url}/`, socketUrl: `${this.url.replace('http', 'ws')}/socket`, readyUrl: `${this.url}/ready?${query}`, goUrl: `${this.url}/go` };
  }

  stop() {
    return stop(this.child);
  }

  #address(what, name, quick) {
    return `${this.url}/${what}/${name}${quick ? '?quick=1' : ''}`;
  }
}
