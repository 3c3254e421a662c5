/**
 * Everything that is not a pure function of its input comes through here (law 5), so that the simulation can replay a run exactly.
 * Production uses {@link realClock}; tests and the simulation pass their own.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  epochMs(): number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs(): number;
}

export const realClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export interface Random {
  /** A uniform integer in [0, 2³²). */
  next32(): number;
}

/** Numbers nobody can foresee. */
export const realRandom: Random = { next32: () => crypto.getRandomValues(new Uint32Array(1))[0]! };

/** mulberry32: the same numbers for the same seed, everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return {
    next32() {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return (t ^ (t >>> 14)) >>> 0;
    },
  };
}
