-- What was sold, to whom, and when. Files are tables: one with a declared schema, one that tells its columns itself.
CREATE TABLE orders (
  id BIGINT,
  made TIMESTAMP(3),
  customer STRING,
  item STRING,
  quantity INT,
  total DECIMAL(10, 2),
  WATERMARK FOR made AS made - INTERVAL '1' MINUTE
) WITH ('connector' = 'filesystem', 'path' = '../docs/data/orders', 'format' = 'csv');

SELECT c.city, COUNT(*) AS orders, SUM(o.total) AS taken
FROM orders AS o
JOIN '../docs/data/customers.csv' AS c ON o.customer = c.name
GROUP BY c.city
ORDER BY taken DESC;

CREATE TABLE receipts (minute_from TIMESTAMP(3), item STRING, sold INT) WITH ('connector' = 'print');

INSERT INTO receipts
SELECT window_start, item, SUM(quantity)
FROM TABLE(TUMBLE(TABLE orders, DESCRIPTOR(made), INTERVAL '5' MINUTE))
GROUP BY window_start, window_end, item
HAVING SUM(quantity) > 2;
