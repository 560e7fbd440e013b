/** A proxy that buffers, as nginx does by default: the head of an answer waits until so much of its body is there, or all. */

import { request as ask } from 'node:http';
import { listen } from './http.mjs';

/** Serves what `target` serves; its URL, how many requests it has `seen`, and how many heads it has `passed` on. */
export async function holdHeads(t, target, { bytes = Infinity } = {}) {
  const proxy = { seen: 0, passed: 0 };
  proxy.url = await listen(t, (incoming, outgoing) => {
    proxy.seen += 1;
    const onward = ask(target, { method: incoming.method, headers: incoming.headers }, (answer) => {
      forward(answer, outgoing, bytes, () => (proxy.passed += 1));
    });
    onward.on('error', () => outgoing.destroy());
    // who has left needs no answer
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  return proxy;
}

function forward(answer, outgoing, bytes, passed) {
  let held = [];
  const pass = () => {
    if (held === undefined) return;
    outgoing.writeHead(answer.statusCode, answer.headers);
    for (const chunk of held) outgoing.write(chunk);
    held = undefined;
    passed();
  };
  answer.on('error', () => outgoing.destroy());
  answer.on('data', (chunk) => {
    if (held === undefined) return void outgoing.write(chunk);
    held.push(chunk);
    if (held.reduce((sum, { length }) => sum + length, 0) >= bytes) pass();
  });
  answer.on('end', () => {
    pass();
    outgoing.end();
  });
}
