package tidemill.nexmark;

import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.ScalarFunction;

public class CountChar extends ScalarFunction {
  public long eval(@DataTypeHint("STRING") StringData s, @DataTypeHint("STRING") StringData c) {
    if (s == null) return 0;
    byte want = c.toBytes()[0]; long n = 0;
    for (byte b : s.toBytes()) if (b == want) n++;
    return n;
  }
}
