/** A length of time as a Flink interval literal: `INTERVAL '10' MINUTE`, or with a fraction of a second. */
export function durationMsToInterval(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const length = Math.abs(milliseconds);
  for (const [size, unit] of [
    [86_400_000, 'DAY'],
    [3_600_000, 'HOUR'],
    [60_000, 'MINUTE'],
    [1000, 'SECOND'],
  ] as const)
    if (length >= size && length % size === 0 && length / size < 100) return `INTERVAL '${sign}${length / size}' ${unit}`;
  const seconds = (length / 1000).toString();
  return `INTERVAL '${sign}${seconds}' SECOND(${Math.max(2, seconds.split('.')[0]!.length)}, 3)`;
}
