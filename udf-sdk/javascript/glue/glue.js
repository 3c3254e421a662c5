// Behind a user's functions of values: the world tidemill:udf/functions, which gives columns.
// tidemillFunctions has, by name, the user's function (of an aggregate its parts), and the kinds of storage of arguments, result and accumulators.
// QuickJS has no TextDecoder; URI escapes are UTF-8.
const tidemillAscii = /^[\0-\x7f]*$/;
function tidemillDecode(bytes) {
  let text = '';
  for (let from = 0; from < bytes.length; from += 4096)
    text += String.fromCharCode.apply(null, bytes.subarray(from, from + 4096));
  return tidemillAscii.test(text) ? text : decodeURIComponent(escape(text));
}
function tidemillEncode(text) {
  const plain = tidemillAscii.test(text) ? text : unescape(encodeURIComponent(text));
  const bytes = new Uint8Array(plain.length);
  for (let at = 0; at < plain.length; at++) bytes[at] = plain.charCodeAt(at);
  return bytes;
}
const tidemillStores = {
  boolean: { bytes: 1, get: (view, at) => view.getUint8(at) !== 0, set: (view, at, value) => view.setUint8(at, value ? 1 : 0) },
  i8: { bytes: 1, get: (view, at) => view.getInt8(at), set: (view, at, value) => view.setInt8(at, value) },
  i16: { bytes: 2, get: (view, at) => view.getInt16(at, true), set: (view, at, value) => view.setInt16(at, value, true) },
  i32: { bytes: 4, get: (view, at) => view.getInt32(at, true), set: (view, at, value) => view.setInt32(at, value, true) },
  f32: { bytes: 4, get: (view, at) => view.getFloat32(at, true), set: (view, at, value) => view.setFloat32(at, value, true) },
  f64: { bytes: 8, get: (view, at) => view.getFloat64(at, true), set: (view, at, value) => view.setFloat64(at, value, true) },
  i64: {
    bytes: 8,
    get: (view, at) => view.getBigInt64(at, true),
    set: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  },
  i128: {
    bytes: 16,
    get: (view, at) => (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true),
    set: (view, at, value) => {
      view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
      view.setBigInt64(at + 8, BigInt(value) >> 64n, true);
    },
  },
};
const tidemillView = bytes => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function tidemillReader(column, type) {
  const { validity, data, text } = column;
  const view = tidemillView(data);
  const isNull = row => validity.length > 0 && ((validity[row >> 3] >> (row & 7)) & 1) === 0;
  const store = tidemillStores[type];
  if (store !== undefined) return row => (isNull(row) ? null : store.get(view, row * store.bytes));
  const bytes = row => text.subarray(view.getInt32(4 * row, true), view.getInt32(4 * row + 4, true));
  return type === 'text'
    ? row => (isNull(row) ? null : tidemillDecode(bytes(row)))
    : row => (isNull(row) ? null : bytes(row).slice());
}

function tidemillColumn(values, type) {
  const validity = new Uint8Array((values.length + 7) >> 3).fill(255);
  let nulls = false;
  for (let row = 0; row < values.length; row++)
    if (values[row] === null || values[row] === undefined) {
      nulls = true;
      validity[row >> 3] &= ~(1 << (row & 7));
    }
  const valid = nulls ? validity : new Uint8Array(0);
  const store = tidemillStores[type];
  if (store !== undefined) {
    const data = new Uint8Array(values.length * store.bytes);
    const view = tidemillView(data);
    for (let row = 0; row < values.length; row++) if (values[row] != null) store.set(view, row * store.bytes, values[row]);
    return { validity: valid, data, text: new Uint8Array(0) };
  }
  const parts = values.map(value =>
    value == null ? new Uint8Array(0) : type === 'text' ? tidemillEncode(String(value)) : value,
  );
  const data = new Uint8Array(4 * (values.length + 1));
  const view = tidemillView(data);
  let end = 0;
  for (const [row, part] of parts.entries()) {
    end += part.length;
    view.setInt32(4 * row + 4, end, true);
  }
  const text = new Uint8Array(end);
  let at = 0;
  for (const part of parts) {
    text.set(part, at);
    at += part.length;
  }
  return { validity: valid, data, text };
}

// The values of each row; undefined for a row with a NULL in an argument that cannot be one: that is the engine's, and what is given for it does not count.
function tidemillRows(entry, rows, columns) {
  const readers = columns.map((column, index) => tidemillReader(column, entry.arguments[index]));
  return Array.from({ length: rows }, (_, row) => {
    const values = readers.map(reader => reader(row));
    return values.some((value, index) => value === null && !entry.nullable[index]) ? undefined : values;
  });
}
function tidemillAttempt(row, run) {
  try {
    return run();
  } catch (error) {
    const text = String(error?.message ?? error);
    throw new Error(row === undefined ? text : `row ${row} of the batch: ${text}`);
  }
}
const tidemillNumbers = data =>
  Array.from({ length: data.length / 4 }, (_, index) => tidemillView(data).getUint32(4 * index, true));
const tidemillTuple = value => (Array.isArray(value) ? value : [value]);

// Accumulators as lists; a block, which begins with its length, as bytes.
function tidemillStates({ kept, size }, columns) {
  if (kept === undefined) {
    const { data } = columns[0];
    return Array.from({ length: data.length / size }, (_, index) => {
      const from = index * size;
      return [data.slice(from + 4, from + 4 + tidemillView(data).getUint32(from, true))];
    });
  }
  const readers = kept.map((kind, index) => tidemillReader(columns[index], kind));
  const count = columns[0].data.length / tidemillStores[kept[0]].bytes;
  return Array.from({ length: count }, (_, row) => readers.map(reader => reader(row)));
}
function tidemillKept({ kept, size }, states) {
  if (kept !== undefined)
    return kept.map((kind, place) =>
      tidemillColumn(
        states.map(state => state[place]),
        kind,
      ),
    );
  const data = new Uint8Array(states.length * size);
  for (const [index, [state]] of states.entries()) {
    if (state.length > size - 4)
      throw new Error(`an accumulator of ${state.length} bytes, and ${size} are kept, 4 of them for the length`);
    tidemillView(data).setUint32(index * size, state.length, true);
    data.set(state, index * size + 4);
  }
  return [{ validity: new Uint8Array(0), data, text: new Uint8Array(0) }];
}

export function call(name, rows, columns) {
  const entry = tidemillFunctions[name];
  const results = tidemillRows(entry, rows, columns).map((values, row) =>
    values === undefined ? null : tidemillAttempt(row, () => entry.function(...values)),
  );
  return tidemillColumn(results, entry.result);
}

export function callTable(name, rows, columns) {
  const entry = tidemillFunctions[name];
  const madeOf = [];
  const made = [];
  for (const [row, values] of tidemillRows(entry, rows, columns).entries()) {
    if (values === undefined) continue;
    for (const each of tidemillAttempt(row, () => [...(entry.function(...values) ?? [])])) {
      madeOf.push(row);
      made.push(tidemillTuple(each));
    }
  }
  const numbers = { validity: new Uint8Array(0), data: new Uint8Array(Uint32Array.from(madeOf).buffer), text: new Uint8Array(0) };
  const results = entry.result.map((kind, place) =>
    tidemillColumn(
      made.map(each => each[place]),
      kind,
    ),
  );
  return [numbers, ...results];
}

export function begin(name) {
  const entry = tidemillFunctions[name];
  return tidemillKept(entry, [tidemillTuple(tidemillAttempt(undefined, () => entry.init()))]);
}

export function accumulate(name, accumulators, rows, groups, retract, columns) {
  const entry = tidemillFunctions[name];
  const states = tidemillStates(entry, accumulators);
  const into = tidemillNumbers(groups);
  for (const [row, values] of tidemillRows(entry, rows, columns).entries()) {
    if (values === undefined) continue;
    const part = retract.length > 0 && retract[row] !== 0 ? entry.retract : entry.accumulate;
    states[into[row]] = tidemillTuple(tidemillAttempt(row, () => part(...states[into[row]], ...values)));
  }
  return tidemillKept(entry, states);
}

export function merge(name, accumulators, groups, others) {
  const entry = tidemillFunctions[name];
  const states = tidemillStates(entry, accumulators);
  const into = tidemillNumbers(groups);
  for (const [index, other] of tidemillStates(entry, others).entries())
    states[into[index]] = tidemillTuple(tidemillAttempt(undefined, () => entry.merge(...states[into[index]], ...other)));
  return tidemillKept(entry, states);
}

export function finish(name, _groups, accumulators) {
  const entry = tidemillFunctions[name];
  const results = tidemillStates(entry, accumulators).map(state => tidemillAttempt(undefined, () => entry.finish(...state)));
  return tidemillColumn(results, entry.result);
}

// Process table functions. Fields of a state begin as null, or as nothing of their type.
const tidemillNothing = { boolean: () => false, i64: () => 0n, i128: () => 0n, text: () => '', bytes: () => new Uint8Array(0) };
const tidemillFields = state =>
  Object.fromEntries(state.map(({ name, kind, nullable }) => [name, nullable ? null : (tidemillNothing[kind]?.() ?? 0)]));

/** What a function knows of its row or timer, and asks for; times are milliseconds since 1970. */
class TidemillContext {
  #entry;
  #requests;
  #partition = 0;
  #states = [];
  time = null;
  weight = 1;
  timer = null;

  constructor(entry, watermark, requests) {
    this.#entry = entry;
    this.#requests = requests;
    this.watermark = watermark ?? null;
  }
  at(partition, states) {
    this.#partition = partition;
    this.#states = states;
    return this;
  }
  setTimer(name, time) {
    this.#requests.push([this.#partition, 1, time, name ?? '']);
  }
  clearTimer(name, time = 0n) {
    this.#requests.push([this.#partition, 2, time, name ?? '']);
  }
  clearTimers() {
    this.#requests.push([this.#partition, 3, 0n, '']);
  }
  /** All states are as they begin. */
  clearState() {
    for (const [at, state] of this.#entry.states.entries()) Object.assign(this.#states[at], tidemillFields(state));
  }
  /** Whether all states are as they begin. */
  isNew() {
    const isNothing = (value, nullable) =>
      nullable ? value === null : value === 0 || value === 0n || value === false || value.length === 0;
    return this.#entry.states.every((state, at) =>
      state.every(({ name, nullable }) => isNothing(this.#states[at][name], nullable)),
    );
  }
}

/** `calls` gives [row, partition, function, arguments], and sets what the context says. */
function tidemillProcess(entry, partitions, watermark, columns, calls) {
  const requests = [];
  const context = new TidemillContext(entry, watermark, requests);
  const kept = Array.from({ length: partitions }, () => entry.states.map(() => ({})));
  let next = 0;
  for (const [at, state] of entry.states.entries())
    for (const { name, kind } of state) {
      const read = tidemillReader(columns[next++], kind);
      for (let partition = 0; partition < partitions; partition++) kept[partition][at][name] = read(partition);
    }
  const madeOf = [];
  const made = [];
  for (const [row, partition, run, values] of calls(context)) {
    const own = kept[partition];
    for (const each of tidemillAttempt(row, () => [...(run(context.at(partition, own), ...own, ...values) ?? [])])) {
      madeOf.push(row);
      made.push(tidemillTuple(each));
    }
  }
  const none = new Uint8Array(0);
  const numbers = values => ({ validity: none, data: new Uint8Array(Uint32Array.from(values).buffer), text: none });
  const place = (rows, at, kind) =>
    tidemillColumn(
      rows.map(row => row[at]),
      kind,
    );
  const rows = [numbers(madeOf), ...entry.result.map((kind, at) => place(made, at, kind))];
  const after = entry.states.flatMap((state, at) =>
    state.map(({ name, kind }) =>
      tidemillColumn(
        kept.map(own => own[at][name]),
        kind,
      ),
    ),
  );
  const timers = tidemillAttempt(undefined, () => [
    numbers(requests.map(([partition]) => partition)),
    place(requests, 1, 'i8'),
    place(requests, 2, 'i64'),
    place(requests, 3, 'text'),
  ]);
  return [rows, after, timers];
}

export function callProcess(name, rows, partitions, groups, times, weights, watermark, states, columns) {
  const entry = tidemillFunctions[name];
  const of = tidemillNumbers(groups);
  const at = times.length > 0 ? tidemillView(times) : undefined;
  return tidemillProcess(entry, partitions, watermark, states, function* (context) {
    for (const [row, values] of tidemillRows(entry, rows, columns).entries()) {
      if (at !== undefined) context.time = at.getBigInt64(8 * row, true);
      if (weights.length > 0) context.weight = (weights[row] << 24) >> 24;
      yield [row, of[row], entry.function, values];
    }
  });
}

export function callTimers(name, timers, times, names, watermark, states) {
  const entry = tidemillFunctions[name];
  const at = tidemillView(times);
  const read = tidemillReader(names, 'text');
  return tidemillProcess(entry, timers, watermark, states, function* (context) {
    for (let row = 0; row < timers; row++) {
      context.time = at.getBigInt64(8 * row, true);
      context.timer = read(row) || null;
      yield [row, row, entry.timer, []];
    }
  });
}
