package tidemill.nexmark;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.*;
import org.apache.flink.table.factories.*;

/** connector = 'nexmark', options: events.num, seed, us-per-event, batch. */
public final class NexmarkTableFactory implements DynamicTableSourceFactory {
  static final ConfigOption<Long> EVENTS = ConfigOptions.key("events.num").longType().defaultValue(1_000_000L);
  static final ConfigOption<Integer> SEED = ConfigOptions.key("seed").intType().defaultValue(42);
  static final ConfigOption<Integer> US = ConfigOptions.key("us-per-event").intType().defaultValue(100);
  static final ConfigOption<Integer> BATCH = ConfigOptions.key("batch").intType().defaultValue(64);
  @Override public String factoryIdentifier() { return "nexmark"; }
  @Override public Set<ConfigOption<?>> requiredOptions() { return Set.of(); }
  @Override public Set<ConfigOption<?>> optionalOptions() { return Set.of(EVENTS, SEED, US, BATCH); }
  @Override public DynamicTableSource createDynamicTableSource(Context ctx) {
    FactoryUtil.TableFactoryHelper h = FactoryUtil.createTableFactoryHelper(this, ctx);
    h.validate();
    ReadableConfig o = h.getOptions();
    return new Table(o.get(EVENTS), o.get(SEED), o.get(US), o.get(BATCH));
  }

  record Table(long events, int seed, int us, int batch) implements ScanTableSource {
    @Override public ChangelogMode getChangelogMode() { return ChangelogMode.insertOnly(); }
    @Override public ScanRuntimeProvider getScanRuntimeProvider(ScanContext c) { return SourceProvider.of(new NexmarkSource(events, seed, us, batch)); }
    @Override public DynamicTableSource copy() { return this; }
    @Override public String asSummaryString() { return "nexmark"; }
  }
}
