/** Which view of the page is shown. It stands in the URL's hash (`#race`), so that a link can carry it. */

/** A view works while it is shown, and rests otherwise. */
export interface View {
  enter(): void;
  leave(): void;
}

/** By name, as the links and `data-view` in index.html have it; a view that is large is loaded when it is wanted. */
export type ViewTable = Readonly<Record<string, View | (() => Promise<View>)>>;

export class Views {
  readonly #table: ViewTable;
  readonly #first: string;
  #name = '';
  #shown: View | undefined;

  /** Shows the view that the hash names, or the first one. */
  constructor(table: ViewTable, failed: (error: unknown) => void) {
    this.#table = table;
    this.#first = Object.keys(table)[0]!;
    const follow = () => void this.#show(this.#named()).catch(failed);
    window.addEventListener('hashchange', follow);
    follow();
  }

  get name(): string {
    return this.#name;
  }

  /** Hashes that name no view are for the view that is shown, or for the first one if they are all there is. */
  #named(): string {
    const hash = location.hash.slice(1);
    if (Object.hasOwn(this.#table, hash)) return hash;
    return hash === '' || hash.includes('=') || this.#name === '' ? this.#first : this.#name;
  }

  async #show(name: string): Promise<void> {
    if (name === this.#name) return;
    this.#name = name;
    this.#shown?.leave();
    this.#shown = undefined;
    mark(name);
    const entry = this.#table[name]!;
    const view = typeof entry === 'function' ? await this.#load(entry) : entry;
    if (this.#name !== name) return; // another one was chosen while it was loaded
    this.#shown = view;
    view.enter();
  }

  /** Rather the first view than an empty one. */
  async #load(entry: () => Promise<View>): Promise<View> {
    try {
      return await entry();
    } catch (error) {
      await this.#show(this.#first);
      throw error;
    }
  }
}

function mark(name: string): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-view]')) part.hidden = part.dataset['view'] !== name;
  for (const link of document.querySelectorAll('.views a')) {
    if (link.getAttribute('href') === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `Lifeline ${name}`;
}
