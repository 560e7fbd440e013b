/** The documents' tables say what the code says: names, options, defaults, limits. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ErrorCode } from '../../dist/index.js';
import { test } from './support/test.mjs';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md', 'PROTOCOL.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

const read = (path) => readFileSync(new URL(path, ROOT), 'utf8');
const readme = read('README.md');
const types = read('js/types.ts');
const core = read('js/core.ts');
const errors = read('src/error.rs');
const told = read('src/io/told.rs');

/** The first match's first group. What is not found is a failure: the test would hold nothing to anything. */
function part(text, pattern, what) {
  const found = pattern.exec(text)?.[1];
  assert.ok(found, `${what} is not where it was: ${pattern}`);
  return found;
}

function all(text, pattern, what) {
  const found = [...text.matchAll(pattern)].map((match) => match[1]);
  assert.ok(found.length > 0, `there is no ${what}: ${pattern}`);
  return found;
}

/** The rows of the first table under a heading, as cells. */
function table(text, heading) {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  assert.ok(from >= 0, `there is no heading ${heading}`);
  const rest = lines.slice(from + 1);
  const next = rest.findIndex((line) => /^#+ /.test(line));
  const section = next < 0 ? rest : rest.slice(0, next);
  const start = section.findIndex((line) => line.startsWith('|'));
  assert.ok(start >= 0, `there is no table under ${heading}`);
  const end = section.findIndex((line, i) => i > start && !line.startsWith('|'));
  const rows = section.slice(start, end < 0 ? undefined : end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  for (const row of rows) assert.equal(row.length, rows[0].length, `a row with too many or too few cells: ${row}`);
  return rows.slice(2);
}

/** The names in a table's first column. */
function names(text, heading) {
  return table(text, heading).map(([first]) => part(first, /^`([^`]+)`$/, `the name in ${first}`));
}

/** The same names, each once, in whatever order. */
function assertSame(documented, coded, what) {
  assert.deepEqual(documented.toSorted(), coded.toSorted(), what);
  assert.equal(new Set(documented).size, documented.length, `${what}: a name stands there twice`);
}

/** What `as_str` of a Rust enum answers, in the order of its variants. */
function rustNames(source, type) {
  const body = part(source, new RegExp(`impl ${type} \\{(?:(?!\\nimpl )[^])*?fn as_str\\(self\\)[^{]*\\{([^]*?)\\n {4}\\}`), `as_str of ${type}`);
  const named = new Map([...body.matchAll(/Self::(\w+) => "([^"]+)"/g)].map(([, variant, name]) => [variant, name]));
  const variants = all(part(source, new RegExp(`pub enum ${type} \\{\\n([^]*?)\\n\\}`), `enum ${type}`), /^ {4}(\w+),$/gm, `variant of ${type}`);
  assert.deepEqual([...named.keys()].toSorted(), variants.toSorted(), `as_str of ${type} is read`);
  return variants.map((variant) => named.get(variant));
}

/** The members of a union of strings in types.ts. */
function union(type) {
  return all(part(types, new RegExp(`export type ${type} = ([^;]+);`), type), /'([^']+)'/g, `member of ${type}`);
}

/** The keys of an interface in types.ts. */
function keys(type) {
  const body = part(types, new RegExp(`export interface ${type}\\b[^{]*\\{\\n([^]*?)\\n\\}`), type);
  return all(body, /^ {2}(?:readonly )?(\w+)\??:/gm, `key of ${type}`);
}

/** A module of the TypeScript part, by itself. */
async function load(path) {
  const { outputFiles } = await build({ entryPoints: [fileURLToPath(new URL(path, ROOT))], bundle: true, format: 'esm', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** The options by path. */
function paths(table, path = '') {
  return Object.entries(table).flatMap(([name, [, , fields = {}]]) => (name === '' ? [] : [path + name, ...paths(fields, `${name}.`)]));
}

const { RULES } = await load('js/options.ts');

test('README: error codes', () => {
  const documented = names(readme, 'Errors');
  assertSame(documented, Object.values(ErrorCode), 'README and ErrorCode');
  assertSame(documented, rustNames(errors, 'Code'), 'README and src/error.rs');
});

test('README: gap reasons', () => {
  const documented = names(readme, 'Gaps');
  assertSame(documented, rustNames(told, 'GapReason'), 'README and src/io/told.rs');
  assertSame(documented, union('GapReason'), 'README and js/types.ts');
});

test('README: states, the least healthy last', () => {
  const documented = names(readme, 'States');
  assert.deepEqual(documented, rustNames(told, 'State'));
  assertSame(documented, union('State'), 'README and js/types.ts');
});

/** They cross from Rust to JavaScript by number. */
test('the names of numbers are in the order of the Rust types', () => {
  const list = (name) => all(part(core, new RegExp(`const ${name}[^=]*= \\[([^\\]]*)\\]`), name), /'([^']+)'/g, `name in ${name}`);
  assert.deepEqual(Object.values(ErrorCode), rustNames(errors, 'Code'));
  assert.deepEqual(list('STATES'), rustNames(told, 'State'));
  assert.deepEqual(list('GAP_REASONS'), rustNames(told, 'GapReason'));
  assert.deepEqual(list('EXCESSES'), rustNames(read('src/sizes.rs'), 'Excess'));
  assert.deepEqual(list('TRANSPORTS'), rustNames(read('src/config.rs'), 'Transport'));
  assert.deepEqual(list('KINDS'), rustNames(read('src/document.rs'), 'Kind'));
  assert.deepEqual(list('METHODS'), rustNames(read('src/config.rs'), 'Method'));
  assert.deepEqual(list('CREDENTIALS'), rustNames(read('src/config.rs'), 'Credentials'));
  assert.deepEqual(list('DIALECTS'), rustNames(read('src/dialect/mod.rs'), 'Dialect'));
});

for (const [ours, theirs] of [['Settings', 'Setting'], ['Rules', 'Rule'], ['RuleTexts', 'RuleText']]) {
  test(`${ours} cross in the order of the Rust type`, () => {
    const tuple = part(core, new RegExp(`export type ${ours} = readonly \\[([^]*?)\\];`), ours);
    const variants = part(read('src/web/js_settings.rs'), new RegExp(`enum ${theirs} \\{\\n([^]*?)\\n\\}`), theirs);
    const named = all(tuple, /(\w+): /g, 'name').map((name) => name.replace(/^./, (letter) => letter.toUpperCase()));
    assert.deepEqual(named, all(variants, /^ {4}(\w+),/gm, 'variant').map((name) => (name === 'WebSocket' ? 'Websocket' : name)));
  });
}

test('what the application is told is in the order of the Rust type', () => {
  const ours = all(read('js/host.ts'), /^ +\/\* (\w+) \*\/ \(/gm, 'listener');
  const theirs = all(part(read('src/web/js_host.rs'), /enum Told \{\n([^]*?)\n\}/, 'Told'), /^ {4}(\w+),/gm, 'variant');
  assert.deepEqual(ours.map((name) => name.replace(/^./, (letter) => letter.toUpperCase())), theirs);
});

test('what the module hears of, and the names that EventSource listens to, have the same numbers on both sides', () => {
  const rust = read('src/web/inbox.rs');
  const inRust = (type) => [...rust.matchAll(new RegExp(`^const (\\w+): ${type} = (\\d+);$`, 'gm'))].map(([, name, number]) => [name, Number(number)]);
  const inJs = [...read('src/web/news.js').matchAll(/^export const (\w+) = (\d+);$/gm)].map(([, name, number]) => [name, Number(number)]);
  assert.ok(inJs.length > 0);
  assert.deepEqual(inJs, inRust('u32'));
  const listened = all(part(read('src/web/source.js'), /^const LISTENED = \[(.*)\];$/m, 'what is listened to'), /'(\w+)'/g, 'name');
  const bits = all(read('src/web/page.js'), /^const (\w+) = \d;$/gm, 'bit').length;
  const events = inRust('u16').slice(0, -bits);
  assert.ok(events.length > 0);
  for (const [name, number] of events) assert.equal(listened[number]?.toUpperCase(), name);
});

test('README: options', () => {
  const documented = names(readme, 'Options');
  assertSame(documented, paths(RULES), 'README and js/options.ts');
  assertSame(documented.filter((name) => !name.includes('.')), keys('ClientOptions'), 'README and js/types.ts');
});

test('README: options of subscribe, events of client.on', () => {
  const own = part(read('js/client.ts'), /const OPTIONS[^=]*= \{([^}]*)\}/, 'the options of subscribe');
  const documented = names(readme, 'Options of `subscribe` and `iterate`');
  assertSame(documented, all(own, /(\w+):/g, 'option of subscribe'), 'README and js/client.ts');
  assertSame(documented, [...keys('SubscribeOptions'), ...keys('EventListeners')], 'README and js/types.ts');
  const events = names(readme, 'Events of `client.on`');
  assertSame(events, keys('ClientEvents'), 'README and js/types.ts');
  assertSame(events, all(part(read('js/events.ts'), /const NAMES[^=]*= \[([^\]]*)\]/, 'the events'), /'(\w+)'/g, 'event'), 'README and js/events.ts');
});

test('README: defaults', () => {
  const defaults = Object.fromEntries(table(readme, 'Options').map(([name, , value]) => [name.replaceAll('`', ''), value]));
  const backoff = part(read('src/backoff.rs'), /impl Default for Backoff \{([^]*?)\n\}/, 'the default backoff');
  const seconds = Number(part(read('src/config.rs'), /CONNECT_TIMEOUT: Span = Span::from_secs\((\d+)\)/, 'the connect timeout'));
  assert.equal(defaults.connectTimeoutMs, `${seconds * 1000}; \`plain\`: \`Infinity\``);
  const headStart = part(read('src/config.rs'), /HEAD_START: Span = Span::from_secs\((\d+)\)/, 'the head start');
  assert.equal(defaults.headStartMs, `${headStart}000; \`plain\`: \`false\``);
  assert.equal(defaults['backoff.initialMs'], part(backoff, /initial: Span::from_millis\((\d+)\)/, 'initial'));
  assert.equal(defaults['backoff.maxMs'], String(Number(part(backoff, /max: Span::from_secs\((\d+)\)/, 'max')) * 1000));
  assert.equal(Number(defaults['backoff.factor']), Number(part(backoff, /factor: ([\d.]+)/, 'factor')));
  const breaker = part(read('src/breaker.rs'), /impl Default for Limits \{([^]*?)\n\}/, 'the default breaker');
  for (const [option, field] of [['window', 'window'], ['minCalls', 'min_calls'], ['failureRate', 'failure_rate']]) {
    assert.equal(defaults[`breaker.${option}`], part(breaker, new RegExp(`${field}: ([\\d.]+)`), field));
  }
  for (const [option, field] of [['openMs', 'open'], ['maxOpenMs', 'max_open'], ['minHealthyMs', 'min_healthy']]) {
    assert.equal(defaults[`breaker.${option}`], `${part(breaker, new RegExp(`\\b${field}: Span::from_secs\\((\\d+)\\)`), field)}000`);
  }
  const budgetOf = part(read('src/budget.rs'), /impl Default for Allowance \{([^]*?)\n\}/, 'the default budget');
  assert.equal(defaults['retryBudget.capacity'], part(budgetOf, /capacity: (\d+)/, 'capacity'));
  assert.equal(Number(defaults['retryBudget.perSecond']), Number(part(budgetOf, /per_second: ([\d.]+)/, 'per second')));
  const continuity = part(read('src/continuity/settings.rs'), /impl Default for Settings \{([^]*?)\n\}/, 'the default continuity');
  for (const [option, field] of [['remember', 'remember'], ['maxWaiting', 'max_waiting']]) {
    assert.equal(defaults[`continuity.${option}`], part(continuity, new RegExp(`${field}: (\\d+)`), field));
  }
  for (const [option, field] of [['backfillTimeoutMs', 'backfill_timeout'], ['settleMs', 'settle'], ['reorderMs', 'reorder']]) {
    assert.equal(defaults[`continuity.${option}`], `${part(continuity, new RegExp(`${field}: Span::from_secs\\((\\d+)\\)`), field)}000`);
  }
  const bytes = (file, name) => {
    const [, base, by] = new RegExp(`${name}: u32 = (\\d+) << (\\d+);`).exec(read(file)) ?? assert.fail(name);
    return String(Number(base) * 2 ** Number(by));
  };
  assert.equal(defaults['payload.maxBytes'], bytes('src/sse/limits.rs', 'EVENT_BYTES'));
  assert.equal(defaults['payload.warnBytes'], bytes('src/config.rs', 'WARN_BYTES'));
  assert.equal(defaults['stall.probeTimeoutMs'], part(read('js/options.ts'), /PROBE_TIMEOUT_MS = ([\d_]+);/, 'the probe').replace('_', ''));
});

test('README: what a page loads is what was measured last', () => {
  const { 'dist/index.js': bytes } = JSON.parse(read('docs/size.json'));
  assert.equal(part(readme, /About ([\d ]+) bytes \(brotli\) are what a page loads/, 'the size').replaceAll(' ', ''), String(bytes));
});

test('README: options of withLifeline', () => {
  const source = read('js/server/options.ts');
  const rows = table(readme, 'On your server');
  const body = part(source, /export interface LifelineOptions \{\n([^]*?)\n\}/, 'LifelineOptions');
  assertSame(rows.map(([name]) => name.replaceAll('`', '')), all(body, /^ {2}(\w+)\?:/gm, 'option of withLifeline'), 'README and js/server/options.ts');
  const defaults = Object.fromEntries(rows.map(([name, value]) => [name.replaceAll('`', ''), value]));
  assert.equal(defaults.heartbeatMs, part(source, /HEARTBEAT_MS = ([\d_]+);/, 'the heartbeat').replace('_', ''));
  const [, mib] = /MAX_EVENT_BYTES = (\d+) \* 1024 \* 1024;/.exec(source);
  assert.equal(Number(defaults.maxEventBytes), mib * 2 ** 20);
  assert.match(read('PROTOCOL.md'), new RegExp(`a whole number, ${part(read('js/server/segments.ts'), /LEAST_SEGMENT_BYTES = (\d+);/, 'the least')} or more`));
});

test('PROTOCOL: limits', () => {
  const shift = (file, name) => {
    const [, base, by] = new RegExp(`${name}:(?: (?:usize|u32) =)? (\\d+) << (\\d+)`).exec(read(file)) ?? assert.fail(`${name} is not in ${file}`);
    return Number(base) * 2 ** Number(by);
  };
  const coded = {
    'one event': shift('src/sse/limits.rs', 'EVENT_BYTES') / 2 ** 20 + ' MiB',
    'one `event`, `id` or `retry` value': shift('src/sse/limits.rs', 'field_bytes') / 2 ** 10 + ' KiB',
    "a refusal's body": shift('src/subscription.rs', 'REFUSAL_BYTES') / 2 ** 20 + ' MiB',
    'a JSON result': shift('src/sse/limits.rs', 'EVENT_BYTES') / 2 ** 20 + ' MiB',
    'results of an operation in assembly': part(read('src/segments.rs'), /MOST: usize = (\d+);/, 'the results in assembly'),
    "the wait for a result's next slice": part(read('src/segments.rs'), /PATIENCE: Span = Span::from_secs\((\d+)\)/, 'the wait for a slice') + ' seconds',
    'the operation in a URL': part(read('src/ladder.rs'), /MAX_URL_BYTES: usize = ([\d_]+);/, 'the URL').replace('_', '') + ' characters',
    'a wait that the server asks for': Number(part(read('src/backoff.rs'), /MAX_FLOOR: Span = Span::from_secs\((\d+)\)/, 'the wait')) / 60 + ' minutes',
  };
  const documented = Object.fromEntries(table(read('PROTOCOL.md'), 'Limits').map(([what, limit]) => [what, limit]));
  assert.deepEqual(documented, coded);
});

test('CHANGELOG: the version of both packages', () => {
  const { version } = JSON.parse(read('package.json'));
  assert.equal(part(read('CHANGELOG.md'), /^## (\S+)/m, 'the newest version'), version);
  assert.equal(part(read('Cargo.toml'), /^version = "([^"]+)"/m, "the crate's version"), version);
});

/** As GitHub makes them: lower case, without punctuation, spaces as dashes. */
function anchors(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
}

for (const name of DOCUMENTS) {
  test(`${name}: links lead somewhere`, () => {
    const text = read(name).replace(/```[^]*?```/g, '');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, anchor] = target.split('#');
      assert.ok(path === '' || existsSync(new URL(path, ROOT)), target);
      if (anchor !== undefined) assert.ok(anchors(read(path || name)).includes(anchor), target);
    }
  });
}

test('a name too many, too few or misspelt is noticed', () => {
  const text = '## Codes\n\n| code | |\n|---|---|\n| `a` | 1 |\n| `b` | 2 |\n\n## Next\n\n| `c` | |\n';
  assertSame(names(text, 'Codes'), ['b', 'a'], 'in any order');
  for (const coded of [['a'], ['a', 'b', 'c'], ['a', 'B']]) assert.throws(() => assertSame(names(text, 'Codes'), coded, 'differs'), /differs/);
  assert.throws(() => assertSame(['a', 'a'], ['a', 'a'], 'twice'), /twice/);
  assert.throws(() => names(text.replace('| `b` | 2 |', '| `b` |'), 'Codes'), /cells/);
  assert.throws(() => names(text.replace('`b`', 'b'), 'Codes'), /the name in b/);
  assert.throws(() => names(text, 'Reasons'), /no heading/);
});
