import { type Field, type Schema, type SqlType, types, withNullable } from '../columnar/types.ts';

/** Columns that an element of a collection becomes: those of a ROW, KEY and VALUE of a map, else the element itself. Undefined: no collection. */
export function elementFieldsOf(collection: SqlType): readonly Field[] | undefined {
  switch (collection.kind) {
    case 'MAP':
      return [
        { name: 'KEY', type: collection.key },
        { name: 'VALUE', type: collection.value },
      ];
    case 'ARRAY':
    case 'MULTISET':
      if (collection.element.kind === 'ROW') return collection.element.fields;
      return [{ name: 'EXPR$0', type: collection.element }];
    default:
      return undefined;
  }
}

/** The columns that UNNEST adds, under their own names: those of an element, then ORDINALITY. `outer`: a row without elements has NULLs. */
export function unnestedFields(collection: SqlType, options: { readonly outer: boolean; readonly ordinality: boolean }): Schema {
  const fields = [
    ...(elementFieldsOf(collection) ?? []),
    ...(options.ordinality ? [{ name: 'ORDINALITY', type: types.int(false) }] : []),
  ];
  return options.outer ? fields.map(field => ({ name: field.name, type: withNullable(field.type, true) })) : fields;
}
