package tidemill.nexmark;

import java.util.List;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.*;
import org.apache.flink.table.factories.*;
import org.apache.flink.table.types.DataType;

/** connector = 'nexmark', options: events.num, seed, us-per-event, batch. A table declares the nested columns, or the fields of a bid. */
public final class NexmarkTableFactory implements DynamicTableSourceFactory {
  static final List<String> NESTED = List.of("event_type", "person", "auction", "bid");
  static final List<String> BID = List.of("auction", "bidder", "price", "channel", "url", "dateTime", "extra");
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
    List<String> columns = DataType.getFieldNames(ctx.getPhysicalRowDataType());
    if (!columns.equals(NESTED) && !columns.equals(BID)) throw new ValidationException("A nexmark table has the columns " + NESTED + " or " + BID);
    return new Table(o.get(EVENTS), o.get(SEED), o.get(US), o.get(BATCH), columns.equals(BID));
  }

  record Table(long events, int seed, int us, int batch, boolean bids) implements ScanTableSource {
    @Override public ChangelogMode getChangelogMode() { return ChangelogMode.insertOnly(); }
    @Override public ScanRuntimeProvider getScanRuntimeProvider(ScanContext c) { return SourceProvider.of(new NexmarkSource(events, seed, us, batch, bids)); }
    @Override public DynamicTableSource copy() { return this; }
    @Override public String asSummaryString() { return "nexmark"; }
  }
}
