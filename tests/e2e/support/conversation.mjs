/** A page with something on it: short and long, many scripts, and words that do not break. */

import { ChatPage } from './chat-page.mjs';

const TALK = [
  ['Ann', 'Good morning! Did the server survive the night?'],
  ['Bob', 'It was restarted twice, and I noticed only because the log says so.'],
  ['Ann', 'So the subscription came back by itself?'],
  ['Bob', 'Yes. Look at the counters: nothing lost, nothing twice.'],
  ['Zoë', `A word without an end: ${'lifeline'.repeat(30)}`],
  ['A name that is as long as names may be, and that is 64 character', 'Short.'],
  ['Ann', 'long '.repeat(600)],
  ['Bob', '日本語、عربي, עברית und Umlaute: äöüß 🙂🙃'],
];

/** Messages from history and messages that came live; `globalThis.violations` are those of the page's policy. */
export async function conversation(server, newContext, options) {
  await server.fresh();
  for (const [author, text] of TALK) await server.send(text, author);
  const context = await newContext(options);
  await context.addInitScript(() => {
    globalThis.violations = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => globalThis.violations.push(`${effectiveDirective}: ${blockedURI}`));
  });
  const chat = await ChatPage.open(context, server.url, { author: 'Ann' });
  for (let n = 1; n <= 3; n++) await server.send(`Live message ${n}: ${'and so on '.repeat(n * n)}`, n === 2 ? 'Ann' : 'Bob');
  await chat.showsWhole(TALK.length + 3);
  return chat;
}
