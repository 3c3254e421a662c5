import { limits } from '../common/limits.ts';
import type { FunctionBuilder, Local, MemoryReference } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import { type LoopTarget, type TextTarget, trapStates } from './loop-target.ts';

interface Place {
  readonly memory: MemoryReference;
  readonly address: Local;
}

/** A text or bytes argument of one row: its bytes are in the module's own memory. */
export interface TextPlace {
  readonly address: Local;
  readonly bytes: Local;
}

/**
 * Emits the way of text between the engine's memory and the module's own: arguments are copied in before each call, results copied out after it.
 * Views are 16 bytes: u32 length, then up to 12 bytes, or 4 of them and the u32 address of all at 8.
 */
export class TextEmitter {
  readonly #f: FunctionBuilder;
  readonly #loop: LoopTarget;
  readonly #text: TextTarget;
  /** Address of the two words of the frame: where the next long result goes, and the end of the room for them. */
  readonly #heap: Local;

  constructor(f: FunctionBuilder, loop: LoopTarget, text: TextTarget, heap: Local) {
    this.#f = f;
    this.#loop = loop;
    this.#text = text;
    this.#heap = heap;
  }

  /**
   * Copies the arguments of a row in, side by side. `views`: addresses of their views, 0 for NULL. The places hold until {@link release}.
   */
  copyIn(views: readonly Local[]): TextPlace[] {
    const f = this.#f;
    const { memory } = this.#loop;
    const places = views.map(view => {
      const bytes = f.local('i32');
      f.get(view).if(
        'i32',
        () => f.get(view).i32.load(0, 4, memory),
        () => f.i32.const(0),
      );
      f.set(bytes);
      return { address: f.local('i32'), bytes };
    });
    const needed = f.local('i64');
    // 16 bytes more each, so that short ones are copied without a look at their length
    f.i64.const(16 * views.length);
    for (const { bytes } of places) f.get(bytes).i64.extendI32U().i64.add();
    f.tee(needed).get(this.#text.roomBytes).i64.extendI32U().i64.gtU();
    f.if(() => this.#enlarge(needed));
    const cursor = f.local('i32');
    f.get(this.#text.room).set(cursor);
    for (const [index, { address, bytes }] of places.entries()) {
      const view = views[index]!;
      f.get(cursor).set(address);
      f.get(bytes).i32.const(limits.stringInlineBytes).i32.leU();
      f.if(
        () => {
          f.get(view).if(() => {
            f.get(cursor).get(view).i64.load(4, 4, memory).i64.store(0, 1, this.#text.guest);
            f.get(cursor).get(view).i32.load(12, 4, memory).i32.store(8, 1, this.#text.guest);
          });
        },
        () => {
          const from = f.local('i32');
          f.get(view).i32.load(8, 4, memory).set(from);
          this.#copyLong({ memory: this.#text.guest, address: cursor }, { memory, address: from }, bytes);
          f.release(from);
        },
      );
      if (index < places.length - 1) f.get(cursor).get(bytes).i32.add().i32.const(16).i32.add().set(cursor);
    }
    f.release(needed, cursor);
    return places;
  }

  release(places: readonly TextPlace[]): void {
    for (const { address, bytes } of places) this.#f.release(address, bytes);
  }

  /**
   * Takes the i64 that a function returned and writes the view at `view`. When there is no place for a long text the loop ends there, for the host
   * to make some. `isNull` emits what a NULL needs; undefined: the result is never NULL.
   */
  copyOut(view: Local, isNull: (() => void) | undefined): void {
    const f = this.#f;
    const returned = f.local('i64');
    f.set(returned);
    if (isNull === undefined) this.#store(view, returned);
    else {
      f.get(returned).i64.const(-1).i64.eq();
      f.if(isNull, () => this.#store(view, returned));
    }
    f.release(returned);
  }

  #store(view: Local, returned: Local): void {
    const f = this.#f;
    const { memory } = this.#loop;
    const { guest } = this.#text;
    const address = f.local('i32');
    const bytes = f.local('i32');
    const end = f.local('i64');
    f.get(returned).i32.wrapI64().set(address);
    f.get(returned).i64.const(32).i64.shrU().i32.wrapI64().set(bytes);
    f.get(address).i64.extendI32U().get(bytes).i64.extendI32U().i64.add();
    f.memorySize(guest).i64.extendI32U().i64.const(16).i64.shl().tee(end).i64.gtU();
    if (guarded('text-bounds')) f.if(() => this.#stop(trapStates.resultOutside));
    else f.drop();
    f.get(bytes).i32.const(limits.stringInlineBytes).i32.leU();
    f.if(
      () => {
        f.get(view).get(bytes).i32.store(0, 4, memory);
        f.get(address).i64.extendI32U().i64.const(12).i64.add().get(end).i64.leU();
        f.if(
          () => this.#storeShort(view, address, bytes),
          () => {
            // at the very end of the memory, where 12 bytes cannot be read
            f.get(view).i64.const(0).i64.store(4, 4, memory);
            f.get(view).i32.const(0).i32.store(12, 4, memory);
            f.get(view).i32.const(4).i32.add().get(address).get(bytes).memoryCopy(memory, guest);
          },
        );
      },
      () => this.#storeLong(view, address, bytes, returned),
    );
    f.release(address, bytes, end);
  }

  /** Bytes behind the end are zero, as in every view. */
  #storeShort(view: Local, address: Local, bytes: Local): void {
    const f = this.#f;
    const { memory } = this.#loop;
    const { guest } = this.#text;
    const shift = f.local('i64');
    // the first 8 bytes: a mask of 8 · min(bytes, 8) bits; the other 4 likewise
    f.get(view).get(address).i64.load(0, 1, guest);
    f.i64.const(-1).i64.const(64).get(bytes).i64.extendI32U().i64.const(3).i64.shl().tee(shift).i64.sub().i64.shrU();
    f.i64.const(-1).get(bytes).i32.const(8).i32.ltU().select();
    f.i64.const(0).get(bytes).select();
    f.i64.and().i64.store(4, 4, memory);
    f.get(view).get(address).i32.load(8, 1, guest);
    f.i64.const(1).get(shift).i64.const(64).i64.sub().i64.shl().i64.const(1).i64.sub().i32.wrapI64();
    f.i32.const(0).get(bytes).i32.const(8).i32.gtU().select();
    f.i32.and().i32.store(12, 4, memory);
    f.release(shift);
  }

  #storeLong(view: Local, address: Local, bytes: Local, returned: Local): void {
    const f = this.#f;
    const { memory, state } = this.#loop;
    const { guest, pending } = this.#text;
    const place = f.local('i32');
    f.get(this.#heap).i32.load(0, 4, memory).set(place);
    f.get(bytes).get(this.#heap).i32.load(4, 4, memory).get(place).i32.sub().i32.gtU();
    f.if(() => {
      f.get(returned).set(pending);
      f.i32.const(trapStates.heapFull).set(state);
      f.return();
    });
    this.#copyLong({ memory, address: place }, { memory: guest, address }, bytes);
    f.get(view).get(bytes).i32.store(0, 4, memory);
    f.get(view).get(address).i32.load(0, 1, guest).i32.store(4, 4, memory);
    f.get(view).get(place).i64.extendI32U().i64.store(8, 4, memory);
    f.get(this.#heap).get(place).get(bytes).i32.add().i32.store(0, 4, memory);
    f.release(place);
  }

  /**
   * Copies more than 12 bytes: texts are mostly short, and memory.copy is a call of some 15 ns. The last bytes are copied with some before them,
   * so that nothing outside is touched.
   */
  #copyLong(to: Place, from: Place, bytes: Local): void {
    const f = this.#f;
    const move = (group: 'i64' | 'v128', offset: Local): void => {
      f.get(to.address).get(offset).i32.add().get(from.address).get(offset).i32.add();
      f[group].load(0, 1, from.memory);
      f[group].store(0, 1, to.memory);
    };
    const offset = f.local('i32');
    f.get(bytes).i32.const(limits.udfTextCopyInlineBytesMax).i32.gtU();
    f.if(
      () => f.get(to.address).get(from.address).get(bytes).memoryCopy(to.memory, from.memory),
      () => {
        f.i32.const(0).set(offset);
        f.get(bytes).i32.const(16).i32.ltU();
        f.if(
          () => {
            move('i64', offset);
            f.get(bytes).i32.const(8).i32.sub().set(offset);
            move('i64', offset);
          },
          () => {
            f.loop(again => {
              move('v128', offset);
              f.get(offset).i32.const(16).i32.add().tee(offset).i32.const(16).i32.add().get(bytes).i32.leU().brIf(again);
            });
            f.get(bytes).i32.const(16).i32.sub().set(offset);
            move('v128', offset);
          },
        );
      },
    );
    f.release(offset);
  }

  /** A larger room in the module's memory, of twice what is needed. */
  #enlarge(needed: Local): void {
    const f = this.#f;
    const { allocate, guest, room, roomBytes } = this.#text;
    const size = f.local('i64');
    f.i64.const(limits.udfTextRoomBytesMin).get(needed).i64.const(1).i64.shl().tee(size);
    f.get(size).i64.const(limits.udfTextRoomBytesMin).i64.ltU().select().tee(size);
    f.i64.const(0x7fff_ffff).i64.gtU();
    f.if(() => this.#stop(trapStates.badAllocation));
    // a room that is given up counts as none, should the module trap
    f.i32.const(0).set(roomBytes);
    f.get(size).i32.wrapI64().call(allocate!).set(room);
    f.get(room).i64.extendI32U().get(size).i64.add();
    f.memorySize(guest).i64.extendI32U().i64.const(16).i64.shl().i64.gtU();
    f.get(room).i32.eqz().i32.or();
    if (guarded('allocation-bounds')) f.if(() => this.#stop(trapStates.badAllocation));
    else f.drop();
    f.get(size).i32.wrapI64().set(roomBytes);
    f.release(size);
  }

  #stop(why: number): void {
    this.#f.i32.const(why).set(this.#loop.state).unreachable();
  }
}
