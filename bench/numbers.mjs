/** What is made of samples. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * How many times as long `one` took as `other`: the median over rounds, each with its own. Nothing, if one of them has
 * not run. `of` is `ms` or `cpuMs`.
 */
export function ratio(one, other, of = 'ms') {
  const rounds = Math.min(one?.[of]?.length ?? 0, other?.[of]?.length ?? 0);
  if (rounds === 0) return undefined;
  return median(Array.from({ length: rounds }, (_, n) => one[of][n] / other[of][n]));
}
