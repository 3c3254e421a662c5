/** Every limit of the engine has its name here; units are in the names. */
export const limits = {
  /** Rows a source puts into one batch at most (measured: 2048–65536 hardly differ; small keeps latency low). */
  batchRows: 8192,
  /** Pages (64 KiB) of a task memory at the start and at most (4 GiB: wasm32). */
  taskMemoryPagesInitial: 64,
  taskMemoryPagesMax: 65536,
  wasmPageBytes: 65536,
  /** Descriptor slots of a channel; slots not yet freed are the producer's used credits. */
  channelSlots: 16,
  /** Bytes of one exchange buffer at most, descriptor and text included. */
  channelBufferBytesMax: 1 << 20,
  /** Rows of one exchange buffer at most, and from how many on it is sent without waiting for more. */
  channelRowsMax: 8192,
  channelRowsSent: 4096,
  /** Watermarks an exchange holds back while it gathers rows. */
  channelWatermarksHeld: 8,
  /** Messages of usual size that a consumer reads as one batch at most. */
  channelMessagesPerBatch: 4,
  /** Rows a channel may be read ahead of its peers to make up for those it has sent late. */
  channelRowsBehindMax: 1 << 18,
  /** Slots of a ring kept for signals, beyond those for batches. */
  channelSignalSlots: 2,
  /** Splits of a source that one task reads at the same time. */
  openSplitsMax: 16,
  /** A source that is idle without promising a wake is asked again after so long. */
  idlePollMs: 10,
  /** An unbounded source is asked for new splits so often. */
  splitDiscoveryMs: 1000,
  /** Longest sleep of a host without a timer; a bound only so that a clock that jumps does no harm. */
  hostSleepMsMax: 1000,
  /** A worker looks at its channels so often before it sleeps: a sleep costs more than a few looks. */
  turnsBeforeSleep: 3,
  /** Operator calls and inputs of one task step. */
  stepCalls: 16,
  keyGroupsDefault: 128,
  /** Rows in a state shard before it is split in two. */
  shardRowsMax: 1 << 20,
  /** Segments of state rows and their strings double up to this size. */
  stateSegmentBytesMax: 4 << 20,
  /** Rows that are looked at to tell whether most of a table has changed since the checkpoint before, and how large its image is at least. */
  snapshotSampleRows: 1024,
  snapshotSampleBytesMin: 1 << 20,
  /** Bytes of state that a task copies for a checkpoint at a time, and how long it goes on with that between two pieces of other work. */
  snapshotSliceBytes: 1 << 18,
  snapshotSliceMs: 3,
  /**
   * Bytes of rows as they were before they changed, that wait for being copied: beyond it the task copies for longer at a time, and beyond four times as many
   * all the rest at once.
   */
  snapshotLogBytesMax: 64 << 20,
  snapshotLoggedSliceMs: 12,
  /** Buffers of images that a task keeps for its next checkpoint: memory that was used before is several times as fast. */
  snapshotBufferBytesMax: 256 << 20,
  /** Bytes of a checkpoint's file that are written or read at a time. */
  checkpointPieceBytes: 1 << 22,
  /** Reads of state that are under way at a time, and the share of a task's memory that what is read may take before it has become rows. */
  stateReadsMax: 4,
  loadedShareMax: 0.6,
  /** Images from so many bytes on are put into memory that threads share. */
  sharedImageBytesMin: 1 << 15,
  /** Bytes of a part of an object of S3 (at least 5 MiB), and objects that one request deletes. */
  s3PartBytes: 8 << 20,
  s3DeletesPerRequest: 1000,
  /** Checkpoints in a row that hold only what changed; then one holds all rows again. Earlier when the changes are half as large as the rows. */
  checkpointChangesMax: 10,
  /** Share of a task's 4 GiB that state may take; the rest is for what is under way. */
  taskMemoryShareMax: 0.75,
  /** Shares of the machine's memory that all tasks take when nothing is said, and of a budget that is DuckDB's where it has a part. */
  machineMemoryShare: 0.6,
  duckdbMemoryShare: 0.5,
  /** The smallest budget. */
  memoryBudgetBytesMin: 1 << 20,
  /** Share of the rows in memory that goes to disk at a time. */
  spillShare: 0.25,
  /** Rows of a table that stay in memory, however small that is. */
  spillRowsKeptMin: 64,
  /** Runs of one table on disk before they become one. */
  spillRunsMax: 12,
  /** Rows that are put in order at a time when runs become one. */
  spillMergeRows: 1 << 16,
  /** Bits a row takes in the filter that says which keys are in no run. */
  spillFilterBitsPerRow: 12,
  /** Bytes that are written to or read from disk at a time; a gap is read over when it is small. */
  spillReadBytes: 1 << 18,
  /** Bytes of rows that are sorted by part and written at once. */
  spillChunkBytes: 1 << 21,
  spillGapBytesMax: 4096,
  /** Shards that state of the size of the budget is cut into when it does not fit. */
  spillShardsPerBudget: 16,
  /** Bytes of rows that wait on disk for their shards before these come back for them, as a share of the budget, and how long they wait at most. */
  spillAsideShare: 0.5,
  spillAsideMsMax: 1000,
  /** Slots of a new group table (a power of two). */
  groupSlotsInitial: 256,
  /** Pairs of rows a join makes at a time, and how often it tries for some that pass its condition before others get their turn. */
  joinPairsMax: 16384,
  joinRoundsPerCall: 16,
  /** Rows of a table with a time to live that are looked at per input, at least: half as many as come when those are more. */
  ttlRowsSweptMin: 64,
  /** Rows looked up in a group table before they are accumulated: what was found should still be in the cache. */
  groupRowsPerPass: 1024,
  /** Rows in memory for each task of a query that groups them, so that another thread pays; and the most tasks it is given. */
  memoryRowsPerTask: 300_000,
  memoryTasksMax: 8,
  /** Batches of fewer rows do not tell whether keys repeat. */
  localRowsJudged: 512,
  /** Distinct keys among the rows of a batch above which looking for equal keys before an exchange does not pay. */
  localKeysShareMax: 0.6,
  /** Batches that then pass without a look. */
  localBatchesSkipped: 31,
  /** Groups that a task of a bounded program keeps before an exchange; and when most of them had one row, the most batches that pass without a look. */
  localGroupsKept: 65_536,
  localBatchesSkippedMax: 1023,
  /** Window slices that one batch may span before its rows are assigned one by one. */
  slicesPerBatchMax: 4096,
  decimalPrecisionMax: 38,
  decimalCompactPrecisionMax: 18,
  timestampPrecisionMax: 9,
  /** Precisions up to this are i64 microseconds, above it i64 nanoseconds. */
  timestampMicrosPrecisionMax: 6,
  /** Bytes a string may have and still lie inside its 16-byte view. */
  stringInlineBytes: 12,
  /** Main-thread tasks give the event loop a turn after so long. */
  mainThreadSliceMs: 8,
  /** Nothing shown for so long: say what the query waits for. */
  silentMs: 3000,
  /** How long a task has to answer what it is doing. */
  describeMs: 500,
  /** How long a process runs a job before other commands can reach it, so that short statements pay nothing. */
  controlDelayMs: 300,
  /** How long a process may take to list its jobs for another command. */
  controlAnswerMs: 2000,
  controlRequestBytesMax: 65_536,
  /** Fuel of a user function (a unit is about one instruction) per batch of rows, plus so much per row. */
  udfFuelPerBatch: 50_000_000,
  udfFuelPerRow: 100_000,
  /** Functions without loops that cost at most so much run unmetered; their callers pay for them. */
  udfFreeCostMax: 10_000,
  udfMemoryGrowCost: 1_000,
  /** Rows of a batch that may use up the fuel before the job fails, even if traps make NULLs. */
  udfFuelTrapsPerBatchMax: 16,
  /** Fuel of one call of an imported function; what it does with bytes costs more. */
  udfImportCallCost: 100,
  /** Lists that an imported function reads have at most so many entries. */
  udfWasiVectorsMax: 1024,
  /** Bytes that are kept of what a function printed last to standard error. */
  udfErrorTextBytesMax: 4096,
  udfTablesMax: 8,
  udfFunctionsMax: 1_000,
  udfArgumentsMax: 64,
  /** Fuel of one block of rows. */
  udfBlockCost: 10,
  /** States of a process table function; the context has a bit for each. */
  udfStatesMax: 16,
  udfTimerNameBytesMax: 256,
  /** Timers that one call may ask for. */
  udfTimerRequestsMax: 1024,
  /** Timers that were moved, or have gone, are looked for when there are more of them than of others, and than this. */
  timersStaleMin: 8192,
  /** Rows that one call of a function may make: each batch of them has fuel of its own. */
  udfRowsPerCallMax: 1_000_000_000,
  /** Timers that may fire at one watermark for each that had been set before: each has fuel of its own, too. */
  udfTimerChainMax: 1_000_000,
  /** Bytes of the section a module declares its functions in. */
  udfSignatureBytesMax: 1 << 20,
  /** Values that an aggregate function keeps of a group, or bytes of its block. */
  udfAccumulatorsMax: 8,
  udfStateBytesMax: 16_384,
  /** The part of a function's memory that blocks of groups are worked on in; each group's block goes in and out once a batch where all fit. */
  udfStateAreaBytesMax: 1 << 20,
  /** Blocks up to this size are copied for each row. */
  udfStateSmallBytesMax: 64,
  /** Blocks up to this size are copied word by word. */
  udfStateCopyInlineBytesMax: 128,
  /** Least room that is asked of a module for the text of a row's arguments. */
  udfTextRoomBytesMin: 4096,
  /** Texts up to so many bytes are copied by the loop itself. */
  udfTextCopyInlineBytesMax: 256,
  /** Least room for long texts that a function returns; more is made when it is full. */
  udfTextHeapBytesMin: 65_536,
  /** Characters of an abort message that are shown. */
  udfAbortCharactersMax: 200,
  /** Bytes of a row's error, or of a message of `tidemill.fail`, that are shown. */
  udfMessageBytesMax: 1000,
  udfMemoryPagesMax: 256,
  /** Components bring a language's runtime along: more memory, larger tables, and an interpreter's fuel. */
  udfComponentMemoryPagesMax: 4096,
  udfComponentTableElementsMax: 100_000,
  udfComponentFuelPerBatch: 500_000_000,
  udfComponentFuelPerRow: 5_000_000,
  /** What one pass of a loop costs at most: about what an interpreter runs for one of its instructions, rather than all arms of its loop. */
  udfComponentPassCostMax: 2000,
  /** Rows of one call of a component. */
  udfComponentRowsMax: 8192,
  /** How often a thread that waits for a function of another process looks whether its job is to end. */
  remoteCallLookMs: 50,
  /** Room that such a thread begins with for what it sends and gets. */
  remoteCallRoomBytes: 1 << 18,
  udfTableElementsMax: 10_000,
  udfModuleBytesMax: 64 << 20,
  /** Rewritten modules that are kept for the next time; with more of them the older half goes. */
  udfModulesKeptMax: 256,
  /** Bytes of a text file that are read at a time, to begin with and at most unless a record is longer: what stays in a core's cache until it is decoded. */
  fileChunkBytes: 1 << 19,
  fileChunkBytesMax: 3 << 18,
  /** Bytes one record of a text file may have. */
  recordBytesMax: 256 << 20,
  /** A file is not cut into splits smaller than this. */
  fileSplitBytesMin: 4 << 20,
  /** Bytes of packed text that are unpacked before they are wanted. */
  unpackedAheadBytes: 4 << 20,
  /** Part files of different partitions that one writer has open. */
  openPartitionsMax: 256,
  /** Records that are looked at to infer the columns of a file, and the bytes they may lie in. */
  inferenceRecordsMax: 1000,
  inferenceBytesMax: 1 << 20,
  /** Accumulators that one generated loop changes. */
  slotsPerLoop: 64,
  /** Generated modules a process keeps for specs that come again; the oldest go first. */
  compiledModulesMax: 1024,
  sqlTextBytesMax: 16 << 20,
  sqlNestingMax: 400,
  /** Operands of one chain of AND or OR. */
  sqlConditionsMax: 5000,
  /** Grouping sets that one GROUP BY may ask for. */
  groupingSetsMax: 4096,
  /** Steps that the search for a match may take from one row. */
  matchStepsMax: 1_000_000,
  /** Frames of OVER up to so many rows are added up anew for each row, in their order. */
  overFrameRescannedRows: 256,
  /** Times the rules of an optimizer phase are tried on a plan before it is taken as it is. */
  optimizerRoundsMax: 12,
  /** Errors reported for one file before the rest is summed up. */
  errorsShownMax: 20,
  /** A checkpoint that takes longer, and longer than its interval, says where the time went. */
  slowCheckpointMs: 1000,
  /** An operator that took longer for it is named. */
  slowOperatorMs: 10,
  /** Rows of a result the shell keeps to be looked at. */
  shellRowsMax: 10_000,
  /** Statements of the shell's history. */
  shellHistoryMax: 2000,
  /** Columns of a cell in a pager before it is cut. */
  shellCellColumnsMax: 200,
  /** Translated patterns and paths a process keeps; all go when there are more. */
  compiledPatternsMax: 1000,
  /** Until a connection with a Kafka broker stands; until it answers a request; how long an operation is tried again (Kafka's own defaults). */
  kafkaConnectTimeoutMs: 10_000,
  kafkaRequestTimeoutMs: 30_000,
  kafkaApiTimeoutMs: 60_000,
  /** A leader of Kafka partitions may be away so long before the job fails. */
  kafkaOutageMsMax: 300_000,
  /** Bytes of buffers for answers and record batches that a thread keeps to use them again; smaller ones get one of their own. */
  kafkaAnswerBytesKept: 32 << 20,
  kafkaAnswerBytesMin: 1 << 16,
  /** Bytes a fetch asks for in all, and of one partition: with its head, what comes fits a buffer of a power of two. */
  kafkaFetchBytes: 16 << 20,
  kafkaPartitionBytesMin: 1 << 20,
  kafkaPartitionBytesMax: (4 << 20) - (64 << 10),
  /** Bytes a reader holds of a partition before it asks for no more. */
  kafkaBufferedBytesMin: 1 << 16,
  kafkaBufferedBytesMax: 16 << 20,
  /** A packed record batch that becomes larger is refused. */
  kafkaUnpackedBytesMax: 1 << 28,
  /** Room for packed record batches of one read, at first. */
  kafkaUnpackedBytesMin: 1 << 20,
  /** Bytes at which a batch of Kafka's is full, and how long its transactions may stay open (as Flink's), unless the table says otherwise. */
  kafkaBatchBytes: 1 << 17,
  kafkaTransactionTimeoutMs: 3_600_000,
  /** A client's session without calls and jobs ends after so long; soon when its connection has closed. How often that is looked at. */
  flightSessionIdleMs: 1_800_000,
  flightSessionLeftMs: 60_000,
  flightSessionCheckMs: 10_000,
  /** Results of a session that can still be fetched, and logins whose tokens are known. */
  flightTicketsMax: 256,
  flightLoginsMax: 10_000,
  /** A message that a client sends: a record batch of what it puts. */
  flightMessageBytesMax: 1 << 30,
  /** Bytes of what a client puts that may be on their way, in a call and in all calls of a connection; and of a frame of HTTP/2. */
  flightStreamWindowBytes: 8 << 20,
  flightConnectionWindowBytes: 32 << 20,
  flightFrameBytesMax: 1 << 20,
  /** Rows of so many bytes go to a client of this machine with the answer; what comes then goes over a socket. */
  flightNearBytes: 256 << 10,
  /** Bytes of a text of SQL or of an action's body. */
  flightTextBytesMax: 16 << 20,
  /** How often a server that ends with its standard input looks for that end, and for so long it may go on ending. */
  inputEndLookMs: 1000,
  inputEndPatienceMs: 5000,
} as const;
