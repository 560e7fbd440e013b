/** The browser's own, and JSON.parse. */

export function run({ url }, tally) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(url);
    source.addEventListener('next', ({ data }) => tally.add(JSON.parse(data)));
    source.addEventListener('complete', () => {
      source.close();
      resolve();
    });
    source.onerror = () => {
      source.close();
      reject(new Error('EventSource: an error'));
    };
  });
}
