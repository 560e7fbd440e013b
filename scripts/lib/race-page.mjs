/** The page's view of the race, driven as someone would drive it. */

import { CLIENTS, FIGURES } from './race-table.mjs';

export class RacePage {
  #page;

  constructor(page) {
    this.#page = page;
  }

  static async open(context, url) {
    const page = await context.newPage();
    await page.goto(`${url}/#race`);
    await page.getByTestId('race-eventsource-lost').waitFor(); // its script is loaded with the view
    return new RacePage(page);
  }

  async start(profile, on) {
    await this.#page.getByTestId('race-profile').selectOption(profile);
    const select = this.#page.getByTestId('race-on');
    if (await select.isEnabled()) await select.selectOption(on);
    await this.press();
  }

  press() {
    return this.#page.getByTestId('race-run').click();
  }

  /** What stands on the page now. */
  look() {
    return this.#page.evaluate(
      ([names, figures]) => {
        const find = (id) => document.querySelector(`[data-testid="race-${id}"]`);
        const number = (id) => Number.parseInt(find(id).textContent, 10);
        const client = (name) => ({
          ...Object.fromEntries(['received', ...figures].map((figure) => [figure, number(`${name}-${figure}`)])),
          state: find(`${name}-state`).textContent,
          end: find(`${name}-end`).textContent,
        });
        return {
          phase: find('phase').dataset.phase,
          trouble: find('trouble').textContent,
          sent: number('sent'),
          clients: Object.fromEntries(names.map((name) => [name, client(name)])),
        };
      },
      [Object.keys(CLIENTS), Object.keys(FIGURES)],
    );
  }
}
