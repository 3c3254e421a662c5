import type { GroupingElement, Query, QueryBody, Select, SelectItem, TableAlias, TableReference } from '../ast/query.ts';

import { argumentToSql, sortItemsToSql, windowToSql } from './expressions.ts';
import { matchRecognizeToSql } from './match-recognize.ts';
import { hintsToSql, identifierToSql, namesToSql, type Printer, pathToSql, stringToSql, words } from './text.ts';

/** Flink SQL of a whole query. */
export function queryToSql(query: Query, print: Printer): string {
  const tables = query.with.map(table =>
    words(identifierToSql(table.name), table.columns.length > 0 && namesToSql(table.columns), `AS (${print.query(table.query)})`),
  );
  return words(
    tables.length > 0 && `WITH ${query.recursive ? 'RECURSIVE ' : ''}${tables.join(', ')}`,
    bodyToSql(query.body, 0, print),
    query.orderBy.length > 0 && `ORDER BY ${sortItemsToSql(query.orderBy, print)}`,
    query.limit && `LIMIT ${print.expression(query.limit)}`,
    query.offset && `OFFSET ${print.expression(query.offset)}`,
  );
}

function bodyToSql(body: QueryBody, least: number, print: Printer): string {
  switch (body.kind) {
    case 'select':
      return selectToSql(body, print);
    case 'values':
      return `VALUES ${body.rows
        .map(row => {
          const values = row.map(value => print.expression(value)).join(', ');
          return row.length === 0 || (row.length === 1 && row[0]!.kind === 'row') ? `ROW(${values})` : `(${values})`;
        })
        .join(', ')}`;
    case 'table-query':
      return `TABLE ${pathToSql(body.name)}`;
    case 'query':
      return `(${print.query(body)})`;
    case 'set-operation': {
      const level = body.operator === 'INTERSECT' ? 2 : 1;
      const text = words(
        bodyToSql(body.left, level, print),
        body.operator,
        body.all && 'ALL',
        bodyToSql(body.right, level + 1, print),
      );
      return level < least ? `(${text})` : text;
    }
  }
}

function selectToSql(select: Select, print: Printer): string {
  const windows = select.windows.map(window => `${identifierToSql(window.name)} AS ${windowToSql(window.window, print)}`);
  return words(
    `SELECT${hintsToSql(select.hints)}`,
    select.distinct && 'DISTINCT',
    select.items.map(item => itemToSql(item, print)).join(', '),
    select.from.length > 0 && `FROM ${select.from.map(reference => referenceToSql(reference, print)).join(', ')}`,
    select.where && `WHERE ${print.expression(select.where)}`,
    select.groupBy &&
      words(
        'GROUP BY',
        select.groupBy.distinct && 'DISTINCT',
        select.groupBy.elements.map(e => groupingToSql(e, print)).join(', '),
      ),
    select.having && `HAVING ${print.expression(select.having)}`,
    windows.length > 0 && `WINDOW ${windows.join(', ')}`,
    select.qualify && `QUALIFY ${print.expression(select.qualify)}`,
  );
}

function itemToSql(item: SelectItem, print: Printer): string {
  if (item.kind === 'star') return item.qualifier.length === 0 ? '*' : `${pathToSql(item.qualifier)}.*`;
  return words(print.expression(item.expression), item.alias && `AS ${identifierToSql(item.alias)}`);
}

function groupingToSql(element: GroupingElement, print: Printer): string {
  switch (element.kind) {
    case 'grouping-set': {
      const expressions = element.expressions.map(expression => print.expression(expression)).join(', ');
      return element.expressions.length === 1 ? expressions : `(${expressions})`;
    }
    case 'rollup':
    case 'cube':
      return `${element.kind.toUpperCase()}(${element.sets.map(set => groupingToSql(set, print)).join(', ')})`;
    case 'grouping-sets':
      return `GROUPING SETS (${element.elements.map(inner => groupingToSql(inner, print)).join(', ')})`;
  }
}

// FROM ----------------------------------------------------------------------------------------------------------------

function aliasToSql(alias: TableAlias | undefined): string | undefined {
  if (alias === undefined) return undefined;
  return `AS ${identifierToSql(alias.name)}${alias.columns.length > 0 ? namesToSql(alias.columns) : ''}`;
}

export function referenceToSql(reference: TableReference, print: Printer): string {
  switch (reference.kind) {
    case 'table':
      return words(
        pathToSql(reference.name) + hintsToSql(reference.hints),
        reference.systemTime && `FOR SYSTEM_TIME AS OF ${print.expression(reference.systemTime)}`,
        aliasToSql(reference.alias),
      );
    case 'file':
      return words(stringToSql(reference.path) + hintsToSql(reference.hints), aliasToSql(reference.alias));
    case 'derived':
      return words(reference.lateral && 'LATERAL', `(${print.query(reference.query)})`, aliasToSql(reference.alias));
    case 'table-function': {
      const args = reference.arguments.map(argument => argumentToSql(argument, print)).join(', ');
      return words(reference.lateral && 'LATERAL', `TABLE(${pathToSql(reference.name)}(${args}))`, aliasToSql(reference.alias));
    }
    case 'unnest':
      return words(
        `UNNEST(${print.expression(reference.operand)})`,
        reference.ordinality && 'WITH ORDINALITY',
        aliasToSql(reference.alias),
      );
    case 'match-recognize':
      return words(referenceToSql(reference.input, print), matchRecognizeToSql(reference, print), aliasToSql(reference.alias));
    case 'join': {
      const right = referenceToSql(reference.right, print);
      return words(
        referenceToSql(reference.left, print),
        reference.natural && 'NATURAL',
        reference.type !== 'INNER' && reference.type,
        'JOIN',
        reference.right.kind === 'join' ? `(${right})` : right,
        reference.on && `ON ${print.expression(reference.on)}`,
        reference.using.length > 0 && `USING ${namesToSql(reference.using)}`,
      );
    }
  }
}
