import { type Batch, batchOf } from '../../columnar/batch.ts';
import { type Field, type Schema, type SqlType, typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { avroNode, avroOps } from '../../kernels/avro.ts';
import { decodeBlock, decodeErrors } from '../../kernels/decode.ts';
import type { ReadContext } from '../contract.ts';
import { type FieldNode, FieldTree } from '../decoding/fields.ts';
import { expectation } from '../decoding/record-decoder.ts';
import { type AvroType, withoutNull } from './schema.ts';

export interface AvroDecoded {
  readonly batch: Batch;
  /** Address of the first byte that was not used. */
  readonly next: number;
  /** What is wrong with the record at `next`. */
  readonly bad: string | undefined;
}

/**
 * Records of one writer's schema to columns of a table: fields are found by name (or alias), what the table lacks is passed over, what the file lacks
 * is NULL. Strings are views into the text.
 */
export class AvroDecoder {
  readonly #context: ReadContext;
  readonly #fields: FieldTree;
  /** The parameter block, and the nodes behind it. */
  readonly #block: number;
  readonly #blockBytes: number;

  /** @throws TidemillError `wrong-type` when a column's type cannot hold what the file has. */
  constructor(context: ReadContext, schema: Schema, writer: AvroType, path: string) {
    this.#context = context;
    this.#fields = new FieldTree(context.memory, schema);
    const { memory } = context;
    const nodes = new NodeWriter(path);
    const top = nodes.top(writer, this.#fields.root);
    this.#blockBytes = decodeBlock.sizeBytes + nodes.sizeBytes + 64;
    this.#block = memory.allocateSegment(this.#blockBytes);
    memory.u8.fill(0, this.#block, this.#block + this.#blockBytes);
    const base = this.#block + decodeBlock.sizeBytes;
    memory.u32.set(nodes.placedAt(base), base >> 2);
    this.#set(decodeBlock.root, this.#fields.root.address);
    this.#set(decodeBlock.columns, base + top);
  }

  /** Up to `rows` records from `from` on. */
  decode(from: number, to: number, rows: number): AvroDecoded {
    this.#set(decodeBlock.position, from);
    this.#set(decodeBlock.end, to);
    this.#set(decodeBlock.rows, rows);
    const found = this.#context.kernels.avro_decode(this.#block) >>> 0;
    const code = this.#get(decodeBlock.error);
    const field = this.#fields.at(this.#get(decodeBlock.errorField));
    return {
      batch: batchOf(found, this.#fields.columns()),
      next: this.#get(decodeBlock.position),
      bad:
        code === 0
          ? undefined
          : decodeErrors[code as keyof typeof decodeErrors] === 'syntax'
            ? `the record ends too early, or its bytes do not fit the schema${field ? ` at column '${field.path}'` : ''}`
            : expectation(decodeErrors[code as keyof typeof decodeErrors], field?.path ?? '', field?.type),
    };
  }

  close(): void {
    this.#context.memory.freeSegment(this.#block, this.#blockBytes);
    this.#fields.close();
  }

  #set(offset: number, value: number): void {
    this.#context.memory.u32[(this.#block + offset) >> 2] = value;
  }
  #get(offset: number): number {
    return this.#context.memory.u32[(this.#block + offset) >> 2]!;
  }
}

/** Makes the tree of nodes that the kernel follows: words whose addresses count from their own beginning until they are placed. */
class NodeWriter {
  readonly #words: number[] = [];
  /** Words that are addresses of nodes. */
  readonly #addresses: number[] = [];
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  get sizeBytes(): number {
    return this.#words.length * 4;
  }
  placedAt(base: number): Uint32Array {
    const placed = Uint32Array.from(this.#words);
    for (const word of this.#addresses) placed[word]! += base;
    return placed;
  }

  #allocate(bytes: number): number {
    const at = this.#words.length * 4;
    for (let word = 0; word < Math.ceil(bytes / 8) * 2; word++) this.#words.push(0);
    return at;
  }
  #set(at: number, value: number): void {
    this.#words[at >> 2] = value;
  }
  #point(at: number, to: number): void {
    this.#set(at, to);
    this.#addresses.push(at >> 2);
  }

  top(writer: AvroType, root: FieldNode): number {
    if (withoutNull(writer).type?.kind !== 'record')
      throw new TidemillError('wrong-type', `${this.#path} holds ${writer.kind} values, not records`);
    return this.#node(writer, root);
  }

  /** A node for a value of the file that goes into `field`, or nowhere. */
  #node(type: AvroType, field: FieldNode | undefined): number {
    switch (type.kind) {
      case 'null':
        return this.#leaf(avroOps.null, field);
      case 'union': {
        const several = withoutNull(type).type === undefined;
        if (several && field !== undefined && type.branches.length > 1)
          throw this.#wrong('an Avro union of several types', field);
        return this.#inner(
          avroOps.union,
          field,
          type.branches.map(branch => this.#node(branch, field)),
        );
      }
      case 'record':
        return this.#record(type, field);
      case 'array': {
        if (field !== undefined && field.type.kind !== 'ARRAY') throw this.#wrong('an Avro array', field);
        return this.#inner(avroOps.list, field, [this.#node(type.item, field?.children[0])]);
      }
      case 'map': {
        const holds =
          field === undefined ||
          field.type.kind === 'MULTISET' ||
          (field.type.kind === 'MAP' && /CHAR/.test(field.children[0]!.type.kind));
        if (!holds) throw this.#wrong('an Avro map', field!);
        return this.#inner(avroOps.map, field, [this.#node(type.item, field?.children[1])]);
      }
      case 'enum': {
        this.#require(field, 'an Avro enum', ['CHAR', 'VARCHAR']);
        const node = this.#leaf(avroOps.enum, field);
        const symbols = type.symbols.map(symbol => Buffer.from(symbol));
        const table = this.#allocate(symbols.length * 8);
        const text = Buffer.concat([...symbols, Buffer.alloc(32)]);
        const textAt = this.#allocate(text.length);
        for (let at = 0; at + 4 <= text.length; at += 4) this.#set(textAt + at, text.readUInt32LE(at));
        let at = textAt;
        for (const [index, symbol] of symbols.entries()) {
          this.#point(table + index * 8, at);
          this.#set(table + index * 8 + 4, symbol.length);
          at += symbol.length;
        }
        this.#point(node + avroNode.branches, table);
        this.#set(node + avroNode.branchCount, symbols.length);
        return node;
      }
      case 'fixed':
      case 'bytes':
      case 'string':
        return this.#bytes(type, field);
      case 'boolean':
        this.#require(field, 'BOOLEAN', ['BOOLEAN']);
        return this.#leaf(avroOps.boolean, field);
      case 'float':
        this.#require(field, 'FLOAT', ['FLOAT', 'DOUBLE']);
        return this.#leaf(avroOps.float, field);
      case 'double':
        this.#require(field, 'DOUBLE', ['DOUBLE']);
        return this.#leaf(avroOps.double, field);
      case 'int':
      case 'long':
        return this.#integer(type.kind, type.logical, field);
    }
  }

  #record(type: Extract<AvroType, { kind: 'record' }>, field: FieldNode | undefined): number {
    if (field !== undefined && field.type.kind !== 'ROW') throw this.#wrong('an Avro record', field);
    const declared: Schema = field?.type.kind === 'ROW' ? field.type.fields : [];
    const taken = new Set<Field>();
    const nodes = type.fields.map(written => {
      const target = declared.find(
        candidate => !taken.has(candidate) && (candidate.name === written.name || written.aliases.includes(candidate.name)),
      );
      if (target !== undefined) taken.add(target);
      return this.#node(written.type, target && field!.children[declared.indexOf(target)]);
    });
    for (const [index, target] of declared.entries())
      if (!taken.has(target)) nodes.push(this.#leaf(avroOps.absent, field!.children[index]));
    return this.#inner(avroOps.record, field, nodes);
  }

  #bytes(type: Extract<AvroType, { kind: 'fixed' | 'bytes' | 'string' }> | AvroType, field: FieldNode | undefined): number {
    const { kind } = type;
    const isDecimal = field?.type.kind === 'DECIMAL';
    if (isDecimal) {
      const { type: wanted } = field as { type: Extract<SqlType, { kind: 'DECIMAL' }> };
      const logical = 'logical' in type ? type : undefined;
      if (logical?.logical !== 'decimal' || (logical.scale ?? 0) !== wanted.scale || (logical.precision ?? 99) > wanted.precision)
        throw this.#wrong(
          logical?.logical === 'decimal' ? `DECIMAL(${logical.precision}, ${logical.scale ?? 0})` : `Avro ${kind}`,
          field!,
        );
    } else if (kind === 'string') this.#require(field, 'STRING', ['CHAR', 'VARCHAR', 'BINARY', 'VARBINARY']);
    else this.#require(field, 'BYTES', ['BINARY', 'VARBINARY']);
    const op = isDecimal ? avroOps.decimal : kind === 'fixed' ? avroOps.fixed : avroOps.string;
    const node = this.#leaf(op, field);
    if (type.kind === 'fixed') this.#set(node + avroNode.size, type.sizeBytes + 1);
    return node;
  }

  #integer(kind: 'int' | 'long', logical: string | undefined, field: FieldNode | undefined): number {
    const node = this.#leaf(avroOps.integer, field);
    this.#set(node + avroNode.multiply, 1);
    this.#set(node + avroNode.divide, 1);
    if (field === undefined) return node;
    const target = field.type;
    const isTimestamp = target.kind === 'TIMESTAMP' || target.kind === 'TIMESTAMP_LTZ';
    const isPlain = kind === 'int' ? ['INT', 'TINYINT', 'SMALLINT', 'BIGINT', 'FLOAT', 'DOUBLE'] : ['BIGINT', 'FLOAT', 'DOUBLE'];
    const unit =
      /^(?:local-)?timestamp-(milli|micro|nano)s$/.exec(logical ?? '')?.[1] ??
      (logical === undefined && kind === 'long' ? 'milli' : undefined);
    if (isTimestamp) {
      if (unit === undefined) throw this.#wrong(logical ?? kind.toUpperCase(), field);
      const power = { milli: 3, micro: 6, nano: 9 }[unit as 'milli' | 'micro' | 'nano'];
      const wanted = target.precision <= 6 ? 6 : 9;
      this.#set(node + avroNode.multiply, 10 ** Math.max(wanted - power, 0));
      this.#set(node + avroNode.divide, 10 ** Math.max(power - wanted, 0));
    } else if (target.kind === 'TIME') {
      if (logical !== 'time-millis' && logical !== 'time-micros' && logical !== undefined) throw this.#wrong(logical, field);
      this.#set(node + avroNode.divide, logical === 'time-micros' ? 1000 : 1);
    } else if (target.kind === 'DATE') {
      if (kind !== 'int') throw this.#wrong('BIGINT', field);
    } else if (!isPlain.includes(target.kind)) throw this.#wrong(kind === 'int' ? 'INT' : 'BIGINT', field);
    return node;
  }

  #require(field: FieldNode | undefined, what: string, kinds: readonly string[]): void {
    if (field !== undefined && !kinds.includes(field.type.kind)) throw this.#wrong(what, field);
  }
  #leaf(op: number, field: FieldNode | undefined): number {
    const node = this.#allocate(avroNode.sizeBytes);
    this.#set(node + avroNode.op, op);
    this.#set(node + avroNode.field, field?.address ?? 0);
    return node;
  }
  #inner(op: number, field: FieldNode | undefined, nodes: readonly number[]): number {
    const node = this.#leaf(op, field);
    const table = this.#allocate(nodes.length * 4);
    for (const [index, below] of nodes.entries()) this.#point(table + index * 4, below);
    this.#point(node + avroNode.branches, table);
    this.#set(node + avroNode.branchCount, nodes.length);
    return node;
  }

  #wrong(found: string, field: FieldNode): TidemillError {
    return new TidemillError(
      'wrong-type',
      `${this.#path}: column '${field.path}' is declared ${typeToString(field.type, false)}, and the file has ${found} there`,
      { hint: 'Declare the columns with the types the file has (tidemill schema shows them), and cast them in the query.' },
    );
  }
}
