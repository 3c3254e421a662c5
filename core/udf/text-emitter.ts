import { limits } from '../common/limits.ts';
import type { FunctionBuilder, Local, MemoryReference } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import { charactersOffset, type LoopTarget, type TextTarget, trapStates } from './loop-target.ts';

/** A text or bytes argument of one row: its bytes are in the module's own memory. */
export interface TextPlace {
  readonly address: Local;
  readonly bytes: Local;
}

interface Place {
  readonly memory: MemoryReference;
  readonly address: Local;
}

/** The view of an argument: its address, which is 0 for a NULL where `optional`. */
export interface TextView {
  readonly view: Local;
  readonly optional: boolean;
}

const vectorBytes = 16;
/** Where in a view short texts begin. */
const shortOffset = 4;
const bytePlaces = Array.from({ length: vectorBytes }, (_, place) => place);

/**
 * Emits the way of text between the engine's memory and the module's own: arguments are copied in before each call, results copied out after it.
 * Views are 16 bytes: u32 length, then up to 12 bytes, or 4 of them and the u32 address of all at 8.
 *
 * Text moves as vectors, the last one masked: whoever reads it next, as bytes or as a vector, finds it in one store, for which no processor has to wait; and
 * the module sees nothing of what lies behind a text in the engine's memory.
 */
export class TextEmitter {
  readonly #f: FunctionBuilder;
  readonly #loop: LoopTarget;
  readonly #text: TextTarget;
  /** Address of the three words of the frame: where the next long result goes, the end of the room for them, and whether there were characters to check. */
  readonly #heap: Local;
  readonly #notesCharacters: boolean;

  /** @param notesCharacters the word behind `heap`'s becomes 1 when a text is made that may hold bytes beyond ASCII. */
  constructor(f: FunctionBuilder, loop: LoopTarget, text: TextTarget, heap: Local, notesCharacters = false) {
    this.#f = f;
    this.#loop = loop;
    this.#text = text;
    this.#heap = heap;
    this.#notesCharacters = notesCharacters;
  }

  /** Copies the arguments of a row in, side by side. The places hold until {@link release}. */
  copyIn(views: readonly TextView[]): TextPlace[] {
    const f = this.#f;
    const { memory } = this.#loop;
    const { guest } = this.#text;
    const places = views.map(({ view, optional }) => {
      const bytes = f.local('i32');
      if (optional)
        f.get(view).if(
          'i32',
          () => f.get(view).i32.load(0, 4, memory),
          () => f.i32.const(0),
        );
      else f.get(view).i32.load(0, 4, memory);
      f.set(bytes);
      return { address: f.local('i32'), bytes };
    });
    const needed = f.local('i64');
    // a vector more each, so that the last one can be written whole
    f.i64.const(vectorBytes * views.length);
    for (const { bytes } of places) f.get(bytes).i64.extendI32U().i64.add();
    f.tee(needed).get(this.#text.roomBytes).i64.extendI32U().i64.gtU();
    f.if(() => this.#enlarge(needed));
    const cursor = f.local('i32');
    f.get(this.#text.room).set(cursor);
    for (const [index, { address, bytes }] of places.entries()) {
      const { view, optional } = views[index]!;
      const copyShort = (): void => {
        f.get(cursor).get(view).v128.load(0, 4, memory).v128.const([]);
        f.i8x16.shuffle(bytePlaces.map(place => place + shortOffset)).v128.store(0, 1, guest);
      };
      f.get(cursor).set(address);
      f.get(bytes).i32.const(limits.stringInlineBytes).i32.leU();
      f.if(
        () => {
          if (optional) f.get(view).if(copyShort);
          else copyShort();
        },
        () => {
          const from = f.local('i32');
          f.get(view).i32.load(8, 4, memory).set(from);
          f.get(bytes).i32.const(limits.udfTextCopyInlineBytesMax).i32.gtU();
          f.if(
            () => f.get(cursor).get(from).get(bytes).memoryCopy(guest, memory),
            () => this.#copyVectors({ memory: guest, address: cursor }, { memory, address: from }, bytes),
          );
          f.release(from);
        },
      );
      if (index < places.length - 1) f.get(cursor).get(bytes).i32.add().i32.const(vectorBytes).i32.add().set(cursor);
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
    const { guest } = this.#text;
    const address = f.local('i32');
    const bytes = f.local('i32');
    const end = f.local('i64');
    const last = f.local('i64');
    f.get(returned).i32.wrapI64().set(address);
    f.get(returned).i64.const(32).i64.shrU().tee(last).i32.wrapI64().set(bytes);
    f.get(address).i64.extendI32U().get(last).i64.add().tee(last);
    f.memorySize(guest).i64.extendI32U().i64.const(16).i64.shl().tee(end).i64.gtU();
    if (guarded('text-bounds')) f.if(() => this.#stop(trapStates.resultOutside));
    else f.drop();
    // whether a vector can be read where the text's last byte is
    f.get(last).i64.const(vectorBytes).i64.add().get(end).i64.leU();
    const vectors = f.local('i32');
    f.set(vectors).release(end, last);
    f.get(bytes).i32.const(limits.stringInlineBytes).i32.leU();
    f.if(
      () => this.#storeShort(view, address, bytes, vectors),
      () => this.#storeLong(view, address, bytes, vectors, returned),
    );
    f.release(address, bytes, vectors);
  }

  /** Bytes behind the end are zero, as in every view. */
  #storeShort(view: Local, address: Local, bytes: Local, vectors: Local): void {
    const f = this.#f;
    const { memory } = this.#loop;
    const { guest } = this.#text;
    f.get(vectors).if(
      () => {
        const vector = f.local('v128');
        f.get(address).v128.load(0, 1, guest);
        this.#mask(bytes);
        f.tee(vector).v128.const([]);
        f.i8x16.shuffle(bytePlaces.map(place => (place < shortOffset ? vectorBytes : place - shortOffset)));
        f.get(bytes).i32x4.replaceLane(0);
        const shifted = f.local('v128');
        f.set(shifted).get(view).get(shifted).v128.store(0, 4, memory);
        this.#noteCharacters(() => f.get(vector).i8x16.bitmask());
        f.release(vector, shifted);
      },
      () => {
        f.get(view).v128.const([]).v128.store(0, 4, memory);
        f.get(view).get(bytes).i32.store(0, 4, memory);
        f.get(view).i32.const(shortOffset).i32.add().get(address).get(bytes).memoryCopy(memory, guest);
        this.#noteCharacters();
      },
    );
  }

  #storeLong(view: Local, address: Local, bytes: Local, vectors: Local, returned: Local): void {
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
    f.get(bytes).i32.const(limits.udfTextCopyInlineBytesMax).i32.leU().get(vectors).i32.and();
    f.if(
      () => {
        const seen = f.local('v128');
        f.v128.const([]).set(seen);
        // the room for long texts can be written to for some vectors behind its end
        this.#copyVectors({ memory, address: place }, { memory: guest, address }, bytes, seen);
        this.#noteCharacters(() => f.get(seen).i8x16.bitmask());
        f.release(seen);
      },
      () => {
        f.get(place).get(address).get(bytes).memoryCopy(memory, guest);
        this.#noteCharacters();
      },
    );
    f.get(view).get(bytes).i32.store(0, 4, memory);
    f.get(view).get(address).i32.load(0, 1, guest).i32.store(4, 4, memory);
    f.get(view).get(place).i64.extendI32U().i64.store(8, 4, memory);
    f.get(this.#heap).get(place).get(bytes).i32.add().i32.store(0, 4, memory);
    f.release(place);
  }

  /** `when` leaves whether the text goes beyond ASCII; without it nobody has looked. */
  #noteCharacters(when?: () => void): void {
    if (!this.#notesCharacters) return;
    const f = this.#f;
    const note = (): void => void f.get(this.#heap).i32.const(1).i32.store(charactersOffset, 4, this.#loop.memory);
    if (when === undefined) {
      note();
      return;
    }
    when();
    f.if(note);
  }

  /** Sets to zero what is behind the first `left` bytes, at most 16, of the vector on the stack. */
  #mask(left: Local): void {
    const f = this.#f;
    f.get(left).i8x16.splat().v128.const(bytePlaces).i8x16.gtS().v128.and();
  }

  /** Copies one vector or more; texts are mostly short, and memory.copy is a call of some 15 ns. `seen` gathers all bits. */
  #copyVectors(to: Place, from: Place, bytes: Local, seen?: Local): void {
    const f = this.#f;
    const [offset, left] = [f.local('i32'), f.local('i32')];
    const vector = f.local('v128');
    const move = (masked: boolean): void => {
      f.get(from.address).get(offset).i32.add().v128.load(0, 1, from.memory);
      if (masked) this.#mask(left);
      f.set(vector);
      f.get(to.address).get(offset).i32.add().get(vector).v128.store(0, 1, to.memory);
      if (seen !== undefined) f.get(seen).get(vector).v128.or().set(seen);
    };
    f.i32.const(0).set(offset).get(bytes).tee(left).i32.const(vectorBytes).i32.gtU();
    f.if(() => {
      f.loop(again => {
        move(false);
        f.get(offset).i32.const(vectorBytes).i32.add().set(offset);
        f.get(left).i32.const(vectorBytes).i32.sub().tee(left).i32.const(vectorBytes).i32.gtU().brIf(again);
      });
    });
    move(true);
    f.release(offset, left, vector);
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
