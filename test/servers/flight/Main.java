import java.sql.*;
import java.util.Properties;

/** The Flight SQL JDBC driver against a server; prints what the test compares. */
public class Main {
  public static void main(String[] args) throws Exception {
    Properties properties = new Properties();
    properties.put("user", "anybody");
    properties.put("password", args[1]);
    properties.put("useEncryption", "false");
    try (Connection connection = DriverManager.getConnection("jdbc:arrow-flight-sql://127.0.0.1:" + args[0] + "/", properties)) {
      try (Statement statement = connection.createStatement()) {
        System.out.println("ddl " + statement.execute("CREATE TABLE hole (a INT, b STRING) WITH ('connector' = 'blackhole')"));
        System.out.println("insert " + statement.executeUpdate("INSERT INTO hole VALUES (1, 'a'), (2, 'b')"));
        statement.execute("CREATE VIEW v AS SELECT * FROM (VALUES (1, 'one', CAST(1.50 AS DECIMAL(10, 2))), (2, 'two', CAST(NULL AS DECIMAL(10, 2)))) AS t(k, s, d)");
        try (ResultSet rows = statement.executeQuery("SELECT k, s, d, DATE '2026-01-31' AS da, TIMESTAMP '2026-01-31 23:59:59.123' AS ts, TRUE AS b, ARRAY[1, 2] AS ar, X'0102' AS y FROM v ORDER BY k")) {
          ResultSetMetaData about = rows.getMetaData();
          StringBuilder types = new StringBuilder("types");
          for (int i = 1; i <= about.getColumnCount(); i++) types.append(' ').append(about.getColumnName(i)).append(':').append(about.getColumnTypeName(i));
          System.out.println(types);
          while (rows.next())
            System.out.println("row " + rows.getInt(1) + " " + rows.getString(2) + " " + rows.getBigDecimal(3) + " " + rows.getDate(4) + " "
              + rows.getTimestamp(5) + " " + rows.getBoolean(6) + " " + rows.getArray(7) + " " + rows.getBytes(8).length);
        }
        try {
          statement.executeQuery("SELECT nope FROM v");
          System.out.println("no error");
        } catch (SQLException error) {
          System.out.println("error " + error.getMessage().contains("error[unknown-column]") + " " + error.getMessage().contains("<sql>:1:8"));
        }
      }
      try (PreparedStatement prepared = connection.prepareStatement("SELECT k, s FROM v WHERE k >= ? AND s LIKE ? ORDER BY k")) {
        prepared.setInt(1, 1);
        prepared.setString(2, "t%");
        try (ResultSet rows = prepared.executeQuery()) {
          while (rows.next()) System.out.println("prepared " + rows.getInt(1) + " " + rows.getString(2));
        }
      }
      try (PreparedStatement prepared = connection.prepareStatement("INSERT INTO hole SELECT CAST(? AS INT), CAST(? AS STRING)")) {
        prepared.setInt(1, 5);
        prepared.setString(2, "it's");
        System.out.println("prepared insert " + prepared.executeUpdate());
      }
      DatabaseMetaData about = connection.getMetaData();
      System.out.println("product " + about.getDatabaseProductName() + " quote " + about.getIdentifierQuoteString());
      try (ResultSet rows = about.getTables(null, null, "%", null)) {
        while (rows.next()) System.out.println("table " + rows.getString(1) + "." + rows.getString(2) + "." + rows.getString(3) + " " + rows.getString(4));
      }
      try (ResultSet rows = about.getColumns(null, null, "v", null)) {
        while (rows.next()) System.out.println("column " + rows.getString("COLUMN_NAME") + " " + rows.getInt("DATA_TYPE"));
      }
      try (ResultSet rows = about.getCatalogs()) {
        while (rows.next()) System.out.println("catalog " + rows.getString(1));
      }
      try (ResultSet rows = about.getImportedKeys(null, null, "v")) {
        System.out.println("foreign keys " + rows.next());
      }
    }
  }
}
