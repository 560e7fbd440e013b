/** What the eye sees, measured in the page. */

/** Every piece of text that can be seen, with the contrast of its colour to its ground (WCAG 2). */
export function contrasts(page) {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    /** Any CSS colour as [red, green, blue, alpha]. */
    const parse = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const over = ([r, g, b, a], below) => [r, g, b].map((value, index) => value * a + below[index] * (1 - a));
    const chain = (element) => (element === null ? [] : [...chain(element.parentElement), element]);
    const page = parse(getComputedStyle(document.body).backgroundColor).slice(0, 3);
    const ground = (element) => chain(element).reduce((below, part) => over(parse(getComputedStyle(part).backgroundColor), below), page);
    const opacity = (element) => chain(element).reduce((product, part) => product * Number(getComputedStyle(part).opacity), 1);
    const luminance = (colour) => {
      const [red, green, blue] = colour.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one, other) => {
      const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const own = (element) => [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).map(({ data }) => data.trim()).join(' ').trim();
    return [...document.body.querySelectorAll('*')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.sr, :disabled, noscript, [type="radio"]'))
      .map((element) => ({ element, text: element.value || own(element) }))
      .filter(({ text }) => text)
      .map(({ element, text }) => {
        const below = ground(element);
        const [red, green, blue, alpha] = parse(getComputedStyle(element).color);
        return { text: text.slice(0, 40), contrast: contrast(over([red, green, blue, alpha * opacity(element)], below), below) };
      });
  });
}

/** Elements that reach out of the window to the side, although nothing scrolls. */
export function overflow(page) {
  return page.evaluate(() => ({
    scrollsBy: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    outside: [...document.body.querySelectorAll('*')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('.sr'))
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 0.5 || element.getBoundingClientRect().left < -0.5)
      .slice(0, 10)
      .map((element) => element.outerHTML.slice(0, 80)),
  }));
}

/** A name for the element that has the focus. */
export function focused(page) {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    const text = element.closest('a, button, summary')?.textContent.trim();
    return element.id || element.dataset.testid || element.closest('button')?.ariaLabel || text || element.className || element.tagName.toLowerCase();
  });
}
