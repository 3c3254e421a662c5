import { type Schema, type SqlType, types } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';

type Form = 'long' | 'text' | 'time' | 'int';

const personFields: readonly (readonly [string, Form])[] = [
  ['id', 'long'],
  ['name', 'text'],
  ['emailAddress', 'text'],
  ['creditCard', 'text'],
  ['city', 'text'],
  ['state', 'text'],
  ['dateTime', 'time'],
  ['extra', 'text'],
];
const auctionFields: readonly (readonly [string, Form])[] = [
  ['id', 'long'],
  ['itemName', 'text'],
  ['description', 'text'],
  ['initialBid', 'long'],
  ['reserve', 'long'],
  ['dateTime', 'time'],
  ['expires', 'time'],
  ['seller', 'long'],
  ['category', 'long'],
  ['extra', 'text'],
];
const bidFields: readonly (readonly [string, Form])[] = [
  ['auction', 'long'],
  ['bidder', 'long'],
  ['price', 'long'],
  ['channel', 'text'],
  ['url', 'text'],
  ['dateTime', 'time'],
  ['extra', 'text'],
];
export const eventFields = { person: personFields, auction: auctionFields, bid: bidFields } as const;
export type EventKind = keyof typeof eventFields;
export const eventKinds: readonly EventKind[] = ['person', 'auction', 'bid'];

/** Which event's field a column is: kind and index in {@link eventFields}. */
export interface FieldPlace {
  readonly kind: EventKind;
  readonly field: number;
}
/** A column of the declared table: event_type, a whole event as a ROW, or (flat tables) one field. */
export type ColumnShape =
  | { readonly kind: 'event-type' }
  | { readonly kind: 'row'; readonly event: EventKind; readonly fields: readonly FieldPlace[] }
  | { readonly kind: 'field'; readonly place: FieldPlace };
export interface TableShape {
  /** One event's fields, or rows of all events. */
  readonly flat: EventKind | undefined;
  readonly columns: readonly ColumnShape[];
}

const typeOf: Readonly<Record<Form, SqlType>> = {
  long: types.bigint(),
  text: types.string(),
  time: types.timestamp(3),
  int: types.int(),
};
const rowOf = (kind: EventKind): SqlType => types.row(eventFields[kind].map(([name, form]) => ({ name, type: typeOf[form] })));

/** The official nested schema. */
export const nexmarkSchema: Schema = [
  { name: 'event_type', type: types.int() },
  ...eventKinds.map(kind => ({ name: kind as string, type: rowOf(kind) })),
];

/**
 * Which events and fields a declared table asks for: the official nested columns, or fields of one event (a flat table).
 * @throws TidemillError `wrong-schema` naming the column that fits neither.
 */
export function shapeOf(schema: Schema): TableShape {
  const nested = schema.some(field => field.name === 'event_type' || field.type.kind === 'ROW');
  if (nested) {
    return {
      flat: undefined,
      columns: schema.map(field => {
        if (field.name === 'event_type') {
          requireForm(field.name, field.type, 'int');
          return { kind: 'event-type' };
        }
        const event = eventKinds.find(kind => kind === field.name);
        if (event === undefined || field.type.kind !== 'ROW')
          throw wrongColumn(field.name, field.type, ['event_type', ...eventKinds], 'INT or ROW');
        return {
          kind: 'row',
          event,
          fields: field.type.fields.map(child => placeOf(event, child.name, child.type, `${field.name}.`)),
        };
      }),
    };
  }
  const flat =
    (['bid', 'auction', 'person'] as const).find(kind =>
      schema.every(field => eventFields[kind].some(([name]) => name === field.name)),
    ) ?? 'bid';
  return { flat, columns: schema.map(field => ({ kind: 'field', place: placeOf(flat, field.name, field.type, '') })) };
}

function placeOf(kind: EventKind, name: string, type: SqlType, prefix: string): FieldPlace {
  const field = eventFields[kind].findIndex(([known]) => known === name);
  if (field < 0)
    throw wrongColumn(
      prefix + name,
      type,
      eventFields[kind].map(([known]) => known),
      `a field of ${kind}`,
    );
  requireForm(prefix + name, type, eventFields[kind][field]![1]);
  return { kind, field };
}

function requireForm(name: string, type: SqlType, form: Form): void {
  const fits =
    form === 'time'
      ? type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ'
      : form === 'text'
        ? type.kind === 'VARCHAR' || type.kind === 'CHAR'
        : type.kind === typeOf[form].kind;
  if (!fits) {
    throw new TidemillError('wrong-schema', `nexmark's column '${name}' cannot be ${type.kind}`, {
      hint: `Declare it as ${form === 'time' ? 'TIMESTAMP(3)' : form === 'text' ? 'STRING' : typeOf[form].kind}.`,
    });
  }
}

function wrongColumn(name: string, type: SqlType, known: readonly string[], what: string): TidemillError {
  return new TidemillError('wrong-schema', `nexmark has no column '${name}' of type ${type.kind} (expected ${what})`, {
    hint: didYouMean(name, known) ?? `It has ${known.join(', ')}.`,
  });
}
