/** A figure of the benchmark and what it should be. */
export interface Goal {
  readonly what: string;
  /** As it was measured, with its unit. */
  readonly measured: string;
  readonly wanted: string;
  readonly reached: boolean;
  /** The command that measures it. */
  readonly command: string;
}

export function atMost(what: string, value: number, limit: number, unit: string, command: string): Goal {
  return { what, measured: `${number(value)} ${unit}`, wanted: `≤ ${number(limit)} ${unit}`, reached: value <= limit, command };
}

export function atLeast(what: string, value: number, limit: number, unit: string, command: string): Goal {
  return { what, measured: `${number(value)}${unit}`, wanted: `≥ ${number(limit)}${unit}`, reached: value >= limit, command };
}

export function goalTable(goals: readonly Goal[]): string {
  return markdownTable(
    ['goal', 'measured', 'wanted', '', 'command'],
    goals.map(goal => [
      goal.what,
      goal.measured,
      goal.wanted,
      goal.reached ? 'reached' : '**not reached**',
      `\`npm run bench -- ${goal.command}\``,
    ]),
  );
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map(cells => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Three digits that matter; `–` for what was not measured. */
export function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
