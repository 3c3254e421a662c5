import type { FunctionBuilder, Local, MemoryReference } from '../encoder/index.ts';

const memory: MemoryReference = { kind: 'memory', index: 0 };

/** A piece that one load and one store move, or that one store fills. */
interface Piece {
  readonly bytes: number;
  readonly type: 'i32' | 'i64' | 'v128';
  /** Pushes what is at the address on the stack. */
  load(f: FunctionBuilder, offset: number): void;
  store(f: FunctionBuilder, offset: number): void;
}

const fours: Piece = {
  bytes: 4,
  type: 'i32',
  load: (f, offset) => void f.i32.load(offset, 1, memory),
  store: (f, offset) => void f.i32.store(offset, 1, memory),
};
const eights: Piece = {
  bytes: 8,
  type: 'i64',
  load: (f, offset) => void f.i64.load(offset, 1, memory),
  store: (f, offset) => void f.i64.store(offset, 1, memory),
};
const vectors: Piece = {
  bytes: 16,
  type: 'v128',
  load: (f, offset) => void f.v128.load(offset, 1, memory),
  store: (f, offset) => void f.v128.store(offset, 1, memory),
};

/**
 * memory.copy of memory 0: [to, from, bytes]. The engine's own is a call of some 15 ns, which is more than most texts need, so what is short is moved by two to
 * four loads and as many stores that overlap. All loads come before the first store, so that places may overlap. Of what lies partly outside of the memory a piece may be
 * written before the trap.
 */
export function emitShortCopy(f: FunctionBuilder, [to, from, bytes]: readonly [Local, Local, Local]): void {
  bySize(f, bytes, {
    // first, middle and last of up to three bytes
    few: () => {
      const [first, middle, last] = [f.local('i32'), f.local('i32'), f.local('i32')];
      const half = (base: Local) => f.get(base).get(bytes).i32.const(1).i32.shrU().i32.add();
      const end = (base: Local) => f.get(base).get(bytes).i32.add().i32.const(1).i32.sub();
      f.get(from).i32.load8U(0, 1, memory).set(first);
      half(from).i32.load8U(0, 1, memory).set(middle);
      end(from).i32.load8U(0, 1, memory).set(last);
      f.get(to).get(first).i32.store8(0, 1, memory);
      half(to).get(middle).i32.store8(0, 1, memory);
      end(to).get(last).i32.store8(0, 1, memory);
      f.release(first, middle, last);
    },
    some: (piece, each) => {
      // The first piece is stored last, so that who reads on from the beginning finds it in one store.
      const places = [true, false].flatMap(fromEnd => each.map(offset => ({ offset, fromEnd })).reverse());
      const address = (base: Local, fromEnd: boolean, offset: number): void => {
        f.get(base);
        if (fromEnd)
          f.get(bytes)
            .i32.add()
            .i32.const(piece.bytes + offset)
            .i32.sub();
      };
      const values = places.map(({ offset, fromEnd }) => {
        const value = f.local(piece.type);
        address(from, fromEnd, offset);
        piece.load(f, fromEnd ? 0 : offset);
        f.set(value);
        return value;
      });
      for (const [index, { offset, fromEnd }] of places.entries()) {
        address(to, fromEnd, offset);
        f.get(values[index]!);
        piece.store(f, fromEnd ? 0 : offset);
      }
      f.release(...values);
    },
    other: () => f.get(to).get(from).get(bytes).memoryCopy(memory),
  });
}

/** memory.fill of memory 0: [to, byte, bytes]. See {@link emitShortCopy}. */
export function emitShortFill(f: FunctionBuilder, [to, byte, bytes]: readonly [Local, Local, Local]): void {
  bySize(f, bytes, {
    few: () => {
      f.get(to).get(byte).i32.store8(0, 1, memory);
      f.get(to).get(bytes).i32.const(1).i32.shrU().i32.add().get(byte).i32.store8(0, 1, memory);
      f.get(to).get(bytes).i32.add().i32.const(1).i32.sub().get(byte).i32.store8(0, 1, memory);
    },
    some: (piece, each) => {
      const value = f.local(piece.type);
      f.get(byte).i8x16.splat();
      if (piece === fours) f.i32x4.extractLane(0);
      else if (piece === eights) f.i64x2.extractLane(0);
      f.set(value);
      for (const offset of each) {
        f.get(to).get(value);
        piece.store(f, offset);
        f.get(to)
          .get(bytes)
          .i32.add()
          .i32.const(piece.bytes + offset)
          .i32.sub()
          .get(value);
        piece.store(f, 0);
      }
      f.release(value);
    },
    other: () => f.get(to).get(byte).get(bytes).memoryFill(memory),
  });
}

interface Sizes {
  /** 1 to 3 bytes. */
  few(): void;
  /** From so many pieces on at both ends, at these distances, which overlap in the middle. */
  some(piece: Piece, offsets: readonly number[]): void;
  /** 0 bytes, and more than 64. */
  other(): void;
}

function bySize(f: FunctionBuilder, bytes: Local, { few, some, other }: Sizes): void {
  const upTo = (limit: number, then: () => void, otherwise: () => void): void => {
    f.get(bytes).i32.const(limit).i32.leU();
    f.if(then, otherwise);
  };
  const short = () =>
    upTo(
      7,
      () =>
        upTo(
          3,
          () => {
            f.get(bytes).i32.eqz();
            f.if(other, few);
          },
          () => some(fours, [0]),
        ),
      () => some(eights, [0]),
    );
  const long = () =>
    upTo(
      32,
      () => some(vectors, [0]),
      () => upTo(64, () => some(vectors, [0, 16]), other),
    );
  upTo(16, short, long);
}
