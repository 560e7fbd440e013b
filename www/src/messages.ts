/** The list of messages as one sees it. */

import { wireBytes } from 'graphql-lifeline';
import { byId, el, setText } from './dom.js';
import type { Message } from './message.js';
import { bytes, plural } from './words.js';

const FOLD_OVER = 2000;
const FOLD_TO = 300;
/** Nearer to the end than this, the reader is taken to follow the talk. */
const NEAR_END_PX = 48;

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export class MessageList {
  readonly #scroller = byId('messages', HTMLElement);
  readonly #list = byId('message-list', HTMLOListElement);
  readonly #empty = byId('empty', HTMLElement);
  readonly #more = byId('new-messages', HTMLButtonElement);
  #shown: readonly Message[] = [];
  readonly #items = new Map<Message, HTMLLIElement>();
  #self = '';
  #unread = 0;

  constructor() {
    this.#scroller.addEventListener('scroll', () => {
      if (this.#atEnd()) this.#read();
    });
    this.#more.addEventListener('click', () => this.#toEnd());
    // A smaller window, or a message box that grows, must not take the last message out of sight.
    let atEnd = true;
    let size = '';
    const measured = (): string => `${this.#scroller.clientWidth}×${this.#scroller.clientHeight}`;
    this.#scroller.addEventListener(
      'scroll',
      () => {
        // In a size that the observer has not seen yet, the end lies elsewhere than the reader left it.
        if (measured() === size) atEnd = this.#atEnd();
      },
      { passive: true },
    );
    new ResizeObserver(() => {
      size = measured();
      if (atEnd) this.#toEnd();
    }).observe(this.#scroller);
  }

  /** Whose messages stand apart. */
  set self(name: string) {
    this.#self = name;
    for (const [message, item] of this.#items) item.classList.toggle('own', message.author === name);
  }

  /** Read out by screen readers from now on; the history at the start is not. */
  announce(): void {
    const announce = (): void => this.#scroller.setAttribute('aria-live', 'polite');
    // The next frame shows what is planned already; only what comes behind it is news.
    requestAnimationFrame(() => requestAnimationFrame(announce));
  }

  /** Makes the list show these; elements of messages that stay are not touched. */
  render(messages: readonly Message[], wasHealed: (id: number) => boolean): void {
    if (messages === this.#shown) return;
    const wasAtEnd = this.#atEnd();
    const before = this.#shown.at(-1)?.id ?? Infinity;
    this.#shown = messages;
    this.#removeAllBut(new Set(messages));
    let place = this.#list.firstElementChild;
    let added = 0;
    for (const message of messages) {
      const item = this.#items.get(message);
      if (item) {
        place = item.nextElementSibling;
        continue;
      }
      this.#list.insertBefore(this.#add(message, wasHealed(message.id)), place);
      if (message.id > before) added += 1;
    }
    this.#empty.hidden = messages.length > 0;
    const own = messages.at(-1)?.author === this.#self && added > 0;
    if (wasAtEnd || own) this.#toEnd();
    else this.#missed(added);
  }

  #removeAllBut(kept: ReadonlySet<Message>): void {
    for (const [message, item] of this.#items) {
      if (kept.has(message)) continue;
      item.remove();
      this.#items.delete(message);
    }
  }

  #add(message: Message, healed: boolean): HTMLLIElement {
    const sent = new Date(message.sentAt);
    const known = !Number.isNaN(sent.getTime());
    const item = el(
      'li',
      { 'data-testid': 'message', 'data-id': String(message.id), class: message.author === this.#self ? 'message own' : 'message' },
      el(
        'p',
        { class: 'meta' },
        el('span', { class: 'author' }, message.author),
        ' ',
        el('time', known ? { datetime: sent.toISOString(), title: dateAndTime.format(sent) } : {}, known ? timeOfDay.format(sent) : ''),
        ...(healed ? [' ', el('span', { class: 'healed', title: 'A backfill brought it' }, 'backfilled')] : []),
      ),
      ...body(message.text),
    );
    this.#items.set(message, item);
    return item;
  }

  #atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#read();
  }

  #read(): void {
    this.#unread = 0;
    this.#more.hidden = true;
  }

  #missed(count: number): void {
    this.#unread += count;
    this.#more.hidden = this.#unread === 0;
    setText(this.#more, `${plural(this.#unread, 'new message')} ↓`);
  }
}

/** The text, folded if it is very long. */
function body(text: string): HTMLElement[] {
  const paragraph = el('p', { class: 'text', dir: 'auto' });
  if (text.length <= FOLD_OVER) {
    paragraph.textContent = text;
    return [paragraph];
  }
  const size = bytes(wireBytes(text));
  const button = el('button', { type: 'button', class: 'fold quiet' });
  const fold = (folded: boolean) => {
    paragraph.textContent = folded ? `${beginning(text)} …` : text;
    button.textContent = folded ? `show all (${size})` : 'show less';
    button.setAttribute('aria-expanded', String(!folded));
  };
  let folded = true;
  fold(folded);
  button.addEventListener('click', () => fold((folded = !folded)));
  return [paragraph, button];
}

/** The first characters, without half of a surrogate pair at the end. */
function beginning(text: string): string {
  return text.slice(0, FOLD_TO).replace(/[\uD800-\uDBFF]$/u, '');
}
