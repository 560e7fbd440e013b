/** Small helpers over the DOM. Text goes in as text, never as HTML. */

type Attributes = Readonly<Record<string, string | boolean | undefined>>;

/** A new element; `true` sets an empty attribute, `false` and `undefined` leave it out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (typeof value === 'string') element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** The element with this id, which the page's HTML is known to have. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} with the id "${id}"`);
  return element;
}

/** Sets the text only where it changes, so that live regions and observers are left in peace. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
