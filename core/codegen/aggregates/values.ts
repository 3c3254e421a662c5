import type { Storage } from '../../columnar/types.ts';
import type { FunctionBuilder, Local } from '../../wasm/encoder/index.ts';

/** Pushes parts of one value: a word for numbers, low and high words of 128 bits, the address of a view. */
export interface ValueReader {
  integer(): void;
  float(): void;
  low(): void;
  high(): void;
  view(): void;
}

/** Value number `row` of a column of a storage, whose data address is in `data`. */
export function columnReader(f: FunctionBuilder, storage: Storage, data: Local, row: Local): ValueReader {
  const at = (bytes: number): void => {
    f.get(data).get(row);
    if (bytes > 1) f.i32.const(Math.log2(bytes)).i32.shl();
    f.i32.add();
  };
  return {
    integer() {
      switch (storage) {
        case 'i8':
          at(1);
          f.i64.load8S();
          break;
        case 'i16':
          at(2);
          f.i64.load16S();
          break;
        case 'i32':
          at(4);
          f.i64.load32S();
          break;
        default:
          at(8);
          f.i64.load();
      }
    },
    float() {
      if (storage === 'f32') {
        at(4);
        f.f32.load().f64.promoteF32();
      } else {
        at(8);
        f.f64.load();
      }
    },
    low() {
      if (storage === 'i128') {
        at(16);
        f.i64.load();
      } else this.integer();
    },
    high() {
      if (storage === 'i128') {
        at(16);
        f.i64.load(8);
      } else {
        this.integer();
        f.i64.const(63).i64.shrS();
      }
    },
    view() {
      at(16);
    },
  };
}

/** A value in the widened form of key rows, at a fixed offset from the address in `row`. */
export function wordReader(f: FunctionBuilder, row: Local, offset: number, wide: boolean): ValueReader {
  return {
    integer() {
      f.get(row).i64.load(offset);
    },
    float() {
      f.get(row).f64.load(offset);
    },
    low() {
      f.get(row).i64.load(offset);
    },
    high() {
      f.get(row).i64.load(wide ? offset + 8 : offset);
      if (!wide) f.i64.const(63).i64.shrS();
    },
    view() {
      f.get(row).i32.const(offset).i32.add();
    },
  };
}
