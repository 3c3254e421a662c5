package tidemill.nexmark;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Nexmark-shaped events, a pure function of (seed, event number). Independent implementation: same
 * proportions (1:3:46), id schemes, hot ratios (2/4/4), 100 in-flight auctions, 1000 active people and
 * average sizes (200/500/100 bytes) as the public Nexmark generator, but with a 32-bit RNG that a
 * JS/wasm engine can reproduce bit for bit (Math.imul only), and byte-level strings cut from a pool.
 */
public final class Gen {
  public static final long BASE_TIME = 1577836800000L; // 2020-01-01T00:00:00Z
  static final int POOL = 1 << 20;
  private final int seed;
  private final int usPerEvent;
  private int s;
  private final byte[] pool = new byte[POOL + 1024];
  private final long[] price = new long[65536];
  private final BinaryStringData[] hotChannel = new BinaryStringData[4];
  private final BinaryStringData[] hotUrl = new BinaryStringData[4];
  private final BinaryStringData[] channel = new BinaryStringData[10000];
  private final BinaryStringData[] url = new BinaryStringData[10000];
  private static final String[] STATES = "AZ,CA,ID,OR,WA,WY".split(",");
  private static final String[] CITIES = "Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne".split(",");
  private static final String[] FIRST = "Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter".split(",");
  private static final String[] LAST = "Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris".split(",");

  public Gen(int seed, int usPerEvent) {
    this.seed = seed;
    this.usPerEvent = usPerEvent;
    s = seed;
    for (int i = 0; i < pool.length; i++) pool[i] = (byte) ('a' + nextInt(26));
    for (int i = 0; i < 65536; i++) price[i] = Math.round(StrictMath.pow(10.0, 6.0 * i / 65536.0) * 100.0);
    String[] hc = {"Google", "Facebook", "Baidu", "Apple"};
    for (int i = 0; i < 4; i++) { hotChannel[i] = str(hc[i]); hotUrl[i] = str(baseUrl()); }
    for (int i = 0; i < 10000; i++) {
      String u = baseUrl();
      if (nextInt(10) > 0) u += "&channel_id=" + Math.abs(Integer.reverse(i));
      channel[i] = str("channel-" + i);
      url[i] = str(u);
    }
  }

  private static BinaryStringData str(String x) { return BinaryStringData.fromBytes(x.getBytes(StandardCharsets.UTF_8)); }

  /** mulberry32 */
  private int next() {
    s += 0x6D2B79F5;
    int t = (s ^ (s >>> 15)) * (s | 1);
    t ^= t + (t ^ (t >>> 7)) * (t | 61);
    return t ^ (t >>> 14);
  }

  private int nextInt(int bound) { return (int) (((next() & 0xffffffffL) * bound) >>> 32); }

  private String baseUrl() {
    StringBuilder b = new StringBuilder("https://www.nexmark.com/");
    for (int k = 0; k < 3; k++) {
      int len = 3 + nextInt(2);
      for (int i = 0; i < len; i++) b.append(nextInt(13) == 0 ? '_' : (char) ('a' + nextInt(26)));
      b.append('/');
    }
    return b.append("item.htm?query=1").toString();
  }

  private BinaryStringData cut(int len) { return BinaryStringData.fromBytes(pool, nextInt(POOL), len); }
  private BinaryStringData extra(int cur, int avg) {
    if (cur > avg) return BinaryStringData.EMPTY_UTF8;
    int want = avg - cur, delta = (int) Math.round(want * 0.2);
    return cut(want - delta + (delta == 0 ? 0 : nextInt(2 * delta)));
  }

  static long lastPerson(long n) { return n / 50; }
  static long lastAuction(long n) {
    long e = n / 50; int o = (int) (n % 50);
    if (o < 1) { e--; o = 2; } else if (o >= 4) o = 2; else o -= 1;
    return e * 3 + o;
  }
  private long nextPerson(long n) {
    long num = lastPerson(n) + 1; int act = (int) Math.min(num, 1000);
    return num - act + nextInt(act + 10);
  }
  private long nextAuction(long n) {
    long max = lastAuction(n), min = Math.max(max - 100, 0);
    return min + nextInt((int) (max - min + 1 + 10));
  }
  private long nextPrice() { return price[nextInt(65536)]; }
  public long ts(long n) { return BASE_TIME + n * usPerEvent / 1000; }

  private void start(long n) {
    s = ((int) (n ^ (n >>> 32))) * 0x9E3779B1 + seed * 0x85EBCA6B;
    next();
  }

  public static boolean isBid(long n) { return n % 50 >= 4; }

  /** The bid of an event that is one, as a row of its own. */
  public RowData bid(long n) {
    start(n);
    return bid(n, ts(n));
  }

  public RowData event(long n) {
    start(n);
    long ts = ts(n);
    int o = (int) (n % 50);
    GenericRowData r = new GenericRowData(4);
    if (o == 0) { r.setField(0, 0); r.setField(1, person(n, ts)); }
    else if (o < 4) { r.setField(0, 1); r.setField(2, auction(n, ts)); }
    else { r.setField(0, 2); r.setField(3, bid(n, ts)); }
    return r;
  }

  private RowData bid(long n, long ts) {
    long a = nextInt(2) > 0 ? lastAuction(n) / 100 * 100 : nextAuction(n);
    long p = nextInt(4) > 0 ? lastPerson(n) / 100 * 100 + 1 : nextPerson(n);
    GenericRowData b = new GenericRowData(7);
    b.setField(0, a + 1000);
    b.setField(1, p + 1000);
    b.setField(2, nextPrice());
    if (nextInt(2) > 0) { int i = nextInt(4); b.setField(3, hotChannel[i]); b.setField(4, hotUrl[i]); }
    else { int i = nextInt(10000); b.setField(3, channel[i]); b.setField(4, url[i]); }
    b.setField(5, TimestampData.fromEpochMillis(ts));
    b.setField(6, extra(32, 100));
    return b;
  }

  private RowData auction(long n, long ts) {
    GenericRowData a = new GenericRowData(10);
    a.setField(0, lastAuction(n) + 1000);
    long seller = nextInt(4) > 0 ? lastPerson(n) / 100 * 100 : nextPerson(n);
    int l1 = 3 + nextInt(17), l2 = 3 + nextInt(97);
    a.setField(1, cut(l1));
    a.setField(2, cut(l2));
    long init = nextPrice();
    a.setField(3, init);
    a.setField(4, init + nextPrice());
    a.setField(5, TimestampData.fromEpochMillis(ts));
    long horizon = ts(n + 100L * 50 / 3) - ts;
    a.setField(6, TimestampData.fromEpochMillis(ts + 1 + nextInt((int) Math.max(horizon * 2, 1))));
    a.setField(7, seller + 1000);
    a.setField(8, 10L + nextInt(5));
    a.setField(9, extra(48 + l1 + l2, 500));
    return a;
  }

  private RowData person(long n, long ts) {
    GenericRowData p = new GenericRowData(8);
    String name = FIRST[nextInt(FIRST.length)] + " " + LAST[nextInt(LAST.length)];
    int l1 = 3 + nextInt(4), l2 = 3 + nextInt(2);
    String mail = cut(l1) + "@" + cut(l2) + ".com";
    StringBuilder cc = new StringBuilder(20);
    for (int i = 0; i < 4; i++) { if (i > 0) cc.append(' '); String d = "000" + nextInt(10000); cc.append(d, d.length() - 4, d.length()); }
    String city = CITIES[nextInt(CITIES.length)], state = STATES[nextInt(STATES.length)];
    p.setField(0, lastPerson(n) + 1000);
    p.setField(1, str(name)); p.setField(2, str(mail)); p.setField(3, str(cc.toString()));
    p.setField(4, str(city)); p.setField(5, str(state));
    p.setField(6, TimestampData.fromEpochMillis(ts));
    p.setField(7, extra(8 + name.length() + mail.length() + 19 + city.length() + state.length(), 200));
    return p;
  }
}
