import { javaScriptModule } from '../../core/cli/udf/components.ts';
import { encodeSignatures, loadComponent, loadUdf, signatureSection, type UdfModule } from '../../core/udf/index.ts';
import { withCustomSection } from '../../core/wasm/reader/index.ts';
import { componentHeader } from './support.ts';

/** What the functions of {@link twinOf} share. Columns are as udf-sdk/abi/wit/udf.wit says. */
const common = `
  const none = new Uint8Array();
  const bytes = values => new Uint8Array(values.buffer);
  const copied = data => Uint8Array.from(data).buffer;
  const longs = column => new BigInt64Array(copied(column.data));
  const words = data => new Uint32Array(copied(data));
  const column = (data, text = none, validity = none) => ({ validity, data: bytes(data), text });
  const bitmap = flags => {
    const bits = new Uint8Array((flags.length + 7) >> 3);
    for (const [row, flag] of flags.entries()) if (flag) bits[row >> 3] |= 1 << (row & 7);
    return bits;
  };`;

/** `total` of aggregate-modules.ts: a sum and a count, as two values (step 1) or side by side in a block (step 2). */
const total = (step: 1 | 2): string => `
  const parts = step => kept => step === 1 ? [longs(kept[0]), longs(kept[1])] : [longs(kept[0]), undefined];
  const open = parts(${step});
  const at = (group, part) => ${step} === 1 ? group : 2 * group + part;
  const close = ([sums, counts]) => counts === undefined ? [column(sums)] : [column(sums), column(counts)];
  const add = (kept, group, sum, count) => {
    const [sums, counts = sums] = kept;
    sums[at(group, 0)] += sum;
    counts[at(group, 1)] += count;
  };
  return {
    accumulate(name, kept, rows, groups, retract, [x]) {
      const all = open(kept); const to = words(groups); const values = longs(x);
      for (let row = 0; row < rows; row++) {
        const sign = retract.length > 0 && retract[row] !== 0 ? -1n : 1n;
        add(all, to[row], sign * values[row], sign);
      }
      return close(all);
    },
    merge(name, kept, groups, others) {
      const all = open(kept); const [sums, counts = sums] = open(others);
      for (const [index, group] of words(groups).entries()) add(all, group, sums[at(index, 0)], counts[at(index, 1)]);
      return close(all);
    },
    finish(name, groups, kept) {
      const [sums, counts = sums] = open(kept);
      const results = Array.from({ length: groups }, (_, group) => sums[at(group, 0)]);
      return column(BigInt64Array.from(results), none, bitmap(results.map((_, group) => counts[at(group, 1)] !== 0n)));
    },
  };`;

/** `split` of table-modules.ts. */
const split = `
  return {
    callTable(name, rows, [text]) {
      const offsets = new Int32Array(copied(text.data)); const letters = String.fromCharCode;
      const of = []; const found = []; const lengths = [];
      for (let row = 0; row < rows; row++)
        for (const word of letters(...text.text.subarray(offsets[row], offsets[row + 1])).split(' ')) {
          if (word === '') continue;
          of.push(row); found.push(word); lengths.push(word.length);
        }
      const ends = [0];
      for (const word of found) ends.push(ends.at(-1) + word.length);
      return [column(Uint32Array.from(of)), column(Int32Array.from(ends), Uint8Array.from(found.join(''), letter => letter.charCodeAt(0))),
        column(Int32Array.from(lengths), none, bitmap(lengths.map(length => length <= 40)))];
    },
  };`;

const twins = { total: total(1), block_total: total(2), split };

/**
 * The component that does what a core module's function does, with its signature: what was planned with one can run with the other.
 * The work is in what would be jco's JavaScript, so that it takes no toolchain.
 */
export function twinOf(bytes: Uint8Array<ArrayBuffer>, twin: keyof typeof twins): UdfModule {
  const { aggregates, tabular } = loadUdf(bytes, { name: 'twin.wasm' });
  const tables = tabular.filter(each => each.kind === 'table');
  const signatures = [
    ...aggregates.map(each => ({
      ...each,
      parts: [...(each.canRetract ? ['retract' as const] : []), ...(each.canMerge ? ['merge' as const] : [])],
    })),
    ...tables,
  ];
  const section = withCustomSection(componentHeader, signatureSection, encodeSignatures(signatures));
  return loadComponent(section, 'twin.wasm', {
    glue: `export function instantiate() {${common}${twins[twin]}\n}`,
    cores: new Map(),
  });
}

/** The functions of process-modules.ts in JavaScript, as the SDK has them. */
const processSource = `
const word = 'abcdefghijklmnopqrst';
function* counted(context, seen, name) {
  seen.times += 1n;
  yield [seen.times, seen.last];
  if (name !== null) seen.last = name;
}
function* sessions(context, open, price, gap) {
  if (open.first !== null && context.time > open.last + gap) {
    yield [open.first, open.last, open.items, open.total];
    context.clearState();
  }
  if (open.first === null) {
    open.first = context.time;
    open.last = context.time;
  }
  if (context.time < open.first) open.first = context.time;
  if (context.time > open.last) open.last = context.time;
  open.gap = gap;
  if (price !== null) open.total += price;
  open.items += 1n;
  context.setTimer('abcdefg', open.last + gap);
}
function* sessions_timer(context, open) {
  yield [open.first, open.last, open.items, open.total];
  context.clearState();
}
function* repeated(context, n) {
  context.setTimer('', context.time + BigInt(n));
  for (let k = n; k > 0; k--) yield [word, k];
}
function* repeated_timer(context) {
  yield ['abc', Number(BigInt.asIntN(32, context.time))];
}
function alarms(context, what, ms) {
  if (what === 1) context.setTimer(null, context.time + ms);
  else if (what === 2) context.clearTimer('', context.time + ms);
  else context.clearTimers();
}
function* alarms_timer(context) {
  yield [context.time];
}
const greeting = (context, name) => [[name === null ? null : unescape(encodeURIComponent(name)).length]];
function* tally(context, short, long, v) {
  short.n += BigInt(v);
  long.n += BigInt(v);
  yield [short.n, long.n];
}
`;

/** The component that the SDK would make of the process table functions of a core module, but that no toolchain is needed. */
export function processTwinOf(bytes: Uint8Array<ArrayBuffer>): UdfModule {
  const processes = loadUdf(bytes, { name: 'twin.wasm' }).tabular.filter(each => each.kind === 'process');
  const glue = javaScriptModule(processSource, processes).replaceAll(/^export (?=function)/gm, '');
  return loadComponent(withCustomSection(componentHeader, signatureSection, encodeSignatures(processes)), 'twin.wasm', {
    glue: `export function instantiate() {${glue}\nreturn { callProcess, callTimers };\n}`,
    cores: new Map(),
  });
}
