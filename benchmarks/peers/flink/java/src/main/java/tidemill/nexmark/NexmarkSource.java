package tidemill.nexmark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.*;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;

/** FLIP-27 bounded source: reader i of p emits event numbers i, i+p, i+2p, ... (time-aligned across readers). */
public final class NexmarkSource implements Source<RowData, NexmarkSource.Split, Integer> {
  final long events; final int seed, usPerEvent, batch;
  /** Bids alone, as flat rows; the other events are skipped, not made. */
  final boolean bids;
  public NexmarkSource(long events, int seed, int usPerEvent, int batch, boolean bids) {
    this.events = events; this.seed = seed; this.usPerEvent = usPerEvent; this.batch = batch; this.bids = bids;
  }

  public static final class Split implements SourceSplit, Serializable {
    final int step; long next;
    Split(int step, long next) { this.step = step; this.next = next; }
    @Override public String splitId() { return step + "-" + (next % step); }
  }

  @Override public Boundedness getBoundedness() { return Boundedness.BOUNDED; }
  @Override public SplitEnumerator<Split, Integer> createEnumerator(SplitEnumeratorContext<Split> c) { return new Enumerator(c); }
  @Override public SplitEnumerator<Split, Integer> restoreEnumerator(SplitEnumeratorContext<Split> c, Integer i) { return new Enumerator(c); }
  @Override public SourceReader<RowData, Split> createReader(SourceReaderContext c) { return new Reader(); }

  static final class Enumerator implements SplitEnumerator<Split, Integer> {
    final SplitEnumeratorContext<Split> c;
    Enumerator(SplitEnumeratorContext<Split> c) { this.c = c; }
    @Override public void start() {}
    @Override public void handleSplitRequest(int s, String h) {}
    @Override public void addSplitsBack(List<Split> l, int s) { l.forEach(x -> c.assignSplit(x, s)); }
    @Override public void addReader(int s) { c.assignSplit(new Split(c.currentParallelism(), s), s); c.signalNoMoreSplits(s); }
    @Override public Integer snapshotState(long id) { return 0; }
    @Override public void close() {}
  }

  final class Reader implements SourceReader<RowData, Split> {
    Split split; Gen gen; final CompletableFuture<Void> avail = new CompletableFuture<>();
    @Override public void start() {}
    @Override public InputStatus pollNext(ReaderOutput<RowData> out) {
      if (split == null) return InputStatus.NOTHING_AVAILABLE;
      long n = split.next; final int step = split.step;
      if (bids) { for (int i = 0; i < batch && n < events; i++, n += step) if (Gen.isBid(n)) out.collect(gen.bid(n)); }
      else for (int i = 0; i < batch && n < events; i++, n += step) out.collect(gen.event(n));
      split.next = n;
      return n < events ? InputStatus.MORE_AVAILABLE : InputStatus.END_OF_INPUT;
    }
    @Override public List<Split> snapshotState(long id) { return split == null ? Collections.emptyList() : List.of(new Split(split.step, split.next)); }
    @Override public CompletableFuture<Void> isAvailable() { return avail; }
    @Override public void addSplits(List<Split> l) { split = l.get(0); gen = new Gen(seed, usPerEvent); avail.complete(null); }
    @Override public void notifyNoMoreSplits() {}
    @Override public void close() {}
  }

  @Override public SimpleVersionedSerializer<Split> getSplitSerializer() {
    return new SimpleVersionedSerializer<>() {
      @Override public int getVersion() { return 1; }
      @Override public byte[] serialize(Split s) { return ByteBuffer.allocate(12).putInt(s.step).putLong(s.next).array(); }
      @Override public Split deserialize(int v, byte[] b) { ByteBuffer x = ByteBuffer.wrap(b); return new Split(x.getInt(), x.getLong()); }
    };
  }
  @Override public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return new SimpleVersionedSerializer<>() {
      @Override public int getVersion() { return 1; }
      @Override public byte[] serialize(Integer s) { return new byte[0]; }
      @Override public Integer deserialize(int v, byte[] b) { return 0; }
    };
  }
}
