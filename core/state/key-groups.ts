import { limits } from '../common/limits.ts';

/**
 * Key groups: the unit in which keyed state moves between tasks. A row's key group is the top bits of the hash of its key
 * (columnar/key-layout.ts, version 1 of the hash), and each subtask of a stage owns a contiguous range of them. Exchanges, tables, snapshots and
 * restores all ask here.
 */
export interface KeyGroupRange {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** How many there are; a power of two. */
export const keyGroupCount = limits.keyGroupsDefault;

/** Bits of a hash that name its key group. */
export const keyGroupBits = Math.log2(keyGroupCount);

export const allKeyGroups: KeyGroupRange = Object.freeze({ first: 0, end: keyGroupCount });

/** Key group of a row whose key has this 32-bit hash. */
export const keyGroupOf = (hash: number): number => hash >>> (32 - keyGroupBits);

/** The subtask that owns a key group. */
export const ownerOf = (keyGroup: number, parallelism: number): number => Math.floor((keyGroup * parallelism) / keyGroupCount);

/**
 * What a subtask owns.
 *
 * @example
 * keyGroupsOf(1, 3); // { first: 43, end: 86 } of 128
 */
export function keyGroupsOf(subtask: number, parallelism: number): KeyGroupRange {
  return {
    first: Math.ceil((subtask * keyGroupCount) / parallelism),
    end: Math.ceil(((subtask + 1) * keyGroupCount) / parallelism),
  };
}
