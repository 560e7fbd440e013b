/** What a laptop that sleeps does to a page: its clocks are ahead when it wakes up, and nothing of it ran meanwhile. */

/** Both clocks go ahead by so much, until what is returned puts them right. */
export function putForward(ms: number): () => void {
  const wall = Date.now;
  const monotonic = performance.now;
  Date.now = () => wall.call(Date) + ms;
  performance.now = () => monotonic.call(performance) + ms;
  return () => {
    Date.now = wall;
    performance.now = monotonic;
  };
}

/** Tells the page what its browser would: that nothing of it runs from now on, or that it goes on. */
export function tell(event: 'freeze' | 'resume'): void {
  document.dispatchEvent(new Event(event));
}
