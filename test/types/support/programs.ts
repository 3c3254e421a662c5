/** Wide tables and joined queries over them: what a large program asks of the compiler. */
export function manyQueries(tables: number, columns: number, queries: number): string {
  const kinds = ['BIGINT NOT NULL', 'DOUBLE', 'STRING', 'TIMESTAMP(3)', 'INT NOT NULL', 'DECIMAL(10, 2)'];
  const lines = ["import { count, max, open, sum, tumble } from 'tidemill';", 'const tm = await open();'];
  for (let table = 0; table < tables; table++) {
    const declared = Array.from({ length: columns - 1 }, (_, index) => `c${index}: '${kinds[index % kinds.length]}'`);
    lines.push(
      `const t${table} = tm.table('t${table}', {`,
      `  columns: { ${[...declared, "at: 'TIMESTAMP(3)'"].join(', ')} },`,
      `  watermark: { at: '5 seconds' }, with: { connector: 'datagen' } });`,
    );
  }
  for (let query = 0; query < queries; query++) {
    const [left, right] = [query % tables, (query * 7 + 1) % tables];
    lines.push(
      `export const q${query} = t${left}`,
      `  .where(r => r.c0.gt(${query}).and(r.c2.like('a%')).or(r.c4.plus(1).lt(${query})))`,
      `  .window(r => tumble(r.at, '${(query % 9) + 1} minutes'))`,
      `  .groupBy('c0', 'c2')`,
      `  .agg(r => ({ n: count(), top: max(r.c1), total: sum(r.c4).times(2) }))`,
      `  .leftJoin(t${right}, (l, r) => l.c0.eq(r.c0), (l, r) => ({ ...l, name: r.c2, more: r.c1 }))`,
      `  .select(r => ({ a: r.n, b: r.top, c: r.name.orElse('none'), d: r.total.minus(r.n) }));`,
    );
  }
  return lines.join('\n');
}

/** One query of many steps. */
export function longChain(steps: number): string {
  const lines = [
    "import { open } from 'tidemill';",
    'const tm = await open();',
    "const t = tm.table('t', { columns: { a: 'BIGINT NOT NULL', b: 'STRING' }, with: { connector: 'datagen' } });",
    'export const chain = t',
  ];
  for (let step = 0; step < steps; step++) {
    lines.push(
      step % 3 === 0
        ? `  .select(r => ({ ...r, x${step}: r.a.plus(${step}) }))`
        : step % 3 === 1
          ? `  .where(r => r.x${step - 1}.gt(${step}))`
          : `  .select(r => ({ ...r, y${step}: r.b.concat('${step}') }))`,
    );
  }
  lines.push(';', `for await (const row of chain.rows()) row.x${Math.floor((steps - 1) / 3) * 3} satisfies bigint;`);
  return lines.join('\n');
}
