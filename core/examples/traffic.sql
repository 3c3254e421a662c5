-- Clicks without end: per second how many, and which pages are slow. Ctrl-C ends it.
CREATE TABLE clicks (
  page INT,
  ms INT,
  clicked AS PROCTIME()
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '200',
  'fields.page.min' = '1',
  'fields.page.max' = '5',
  'fields.ms.min' = '1',
  'fields.ms.max' = '900'
);

CREATE TABLE slow (page INT, slow_clicks BIGINT, slowest INT) WITH ('connector' = 'print', 'print-identifier' = 'slow');
CREATE TABLE busy (page INT, clicks BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'busy');

EXECUTE STATEMENT SET BEGIN
  INSERT INTO slow SELECT page, COUNT(*), MAX(ms) FROM clicks WHERE ms > 800 GROUP BY page;
  INSERT INTO busy SELECT page, COUNT(*) FROM clicks GROUP BY page;
END;
