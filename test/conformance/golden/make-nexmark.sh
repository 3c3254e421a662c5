#!/usr/bin/env bash
# Makes nexmark.jsonl and nexmark-digest.json from the Java generator that the Flink benchmarks use.
#   make-nexmark.sh DIRECTORY-OF-Gen.java-AND-GenJson.java
# Flink's row classes are replaced by stand-ins, so that only a JDK is needed.
set -euo pipefail
sources=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
data=$work/org/apache/flink/table/data
mkdir -p "$data/binary" "$work/out"
cat > "$data/RowData.java" <<'J'
package org.apache.flink.table.data;
public interface RowData { int getInt(int i); long getLong(int i); Object getString(int i); TimestampData getTimestamp(int i, int p); RowData getRow(int i, int n); }
J
cat > "$data/GenericRowData.java" <<'J'
package org.apache.flink.table.data;
public class GenericRowData implements RowData {
  final Object[] f;
  public GenericRowData(int n) { f = new Object[n]; }
  public void setField(int i, Object o) { f[i] = o; }
  public int getInt(int i) { return (Integer) f[i]; }
  public long getLong(int i) { return (Long) f[i]; }
  public Object getString(int i) { return f[i]; }
  public TimestampData getTimestamp(int i, int p) { return (TimestampData) f[i]; }
  public RowData getRow(int i, int n) { return (RowData) f[i]; }
}
J
cat > "$data/TimestampData.java" <<'J'
package org.apache.flink.table.data;
public class TimestampData {
  final long ms;
  TimestampData(long ms) { this.ms = ms; }
  public static TimestampData fromEpochMillis(long ms) { return new TimestampData(ms); }
  public java.time.LocalDateTime toLocalDateTime() { return java.time.LocalDateTime.ofInstant(java.time.Instant.ofEpochMilli(ms), java.time.ZoneOffset.UTC); }
}
J
cat > "$data/binary/BinaryStringData.java" <<'J'
package org.apache.flink.table.data.binary;
public class BinaryStringData {
  public static final BinaryStringData EMPTY_UTF8 = fromBytes(new byte[0]);
  final String s;
  BinaryStringData(String s) { this.s = s; }
  public static BinaryStringData fromBytes(byte[] b) { return fromBytes(b, 0, b.length); }
  public static BinaryStringData fromBytes(byte[] b, int o, int n) { return new BinaryStringData(new String(b, o, n, java.nio.charset.StandardCharsets.UTF_8)); }
  @Override public String toString() { return s; }
}
J
javac -nowarn -d "$work/out" "$data"/*.java "$data/binary"/*.java "$sources/Gen.java" "$sources/GenJson.java"
java -cp "$work/out" study.nexmark.GenJson "$here/nexmark.jsonl" 1000
digest() { java -cp "$work/out" study.nexmark.GenJson "$work/events" "$1" "$2" && sha256sum < "$work/events" | cut -d' ' -f1; }
printf '[\n  { "events": 200000, "seed": 42, "sha256": "%s" },\n  { "events": 20000, "seed": -7, "sha256": "%s" }\n]\n' \
  "$(digest 200000 42)" "$(digest 20000 -7)" > "$here/nexmark-digest.json"
