/**
 * Bugs that can be planted, one by one, to see that the simulation finds them (`test/simulation/planted-bugs.test.ts`). Each takes one
 * step of the protocol of checkpoints away. Nothing but a test hands over any: there is no option, setting or variable for them.
 */
export interface Faults {
  /** Sinks commit when all tasks have answered, not when the checkpoint stands. */
  readonly commitBeforeManifest?: true;
  /** A task's tables are copied after it has read on. */
  readonly rowsAfterBarrierInSnapshot?: true;
  /** Where splits are read to is looked up after the task has read on. */
  readonly positionAfterBarrier?: true;
  /** A file is renamed into place before its bytes are durable. */
  readonly noSyncBeforeRename?: true;
  /** A part is reported as prepared before its bytes are durable. */
  readonly noSyncOfParts?: true;
  /** A task passes a barrier on when the first of its inputs has it. */
  readonly barrierNotAligned?: true;
  /** A barrier is sent before the rows that were gathered for the channel. */
  readonly barrierOvertakesRows?: true;
  /** Of the parts that were prepared, the last is not committed by a restore. */
  readonly handleForgottenOnRestore?: true;
  /** Of the parts that were prepared, those of tasks that there are no more at another parallelism are not committed by a restore. */
  readonly handleForgottenOnRescale?: true;
  /** A part leaves the checkpoints before its commit is done. */
  readonly handleForgottenBeforeCommit?: true;
  /** Parts that belong to no checkpoint become visible when a writer closes. */
  readonly abortedPartVisible?: true;
  /** Tables are given the rows of the checkpoint twice. */
  readonly tablesRestoredTwice?: true;
  /** What a task prepared at its end is left out of checkpoints made before it was committed. */
  readonly endedTaskDropped?: true;
  /** Splits that were not opened yet are left out of the checkpoint. */
  readonly waitingSplitsDropped?: true;
  /** Files of old checkpoints are deleted though later ones need them. */
  readonly referencedFilesDeleted?: true;
  /** Old checkpoints are deleted before the new one stands. */
  readonly oldDeletedFirst?: true;
}

export const noFaults: Faults = Object.freeze({});
