-- From topic to topic: payments in, the totals of each minute and of each customer out. Ctrl-C ends it.
--   KAFKA=localhost:9092 tidemill run kafka.sql --checkpoints state
CREATE TABLE payments (
  customer STRING,
  amount DECIMAL(10, 2),
  paid TIMESTAMP(3),
  WATERMARK FOR paid AS paid - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = 'payments',
  'properties.bootstrap.servers' = '${env:KAFKA}',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

-- Each minute once, seen by readers of committed records as soon as a checkpoint stands.
CREATE TABLE minutes (minute_from TIMESTAMP(3), payments BIGINT, total DECIMAL(38, 2)) WITH (
  'connector' = 'kafka',
  'topic' = 'minutes',
  'properties.bootstrap.servers' = '${env:KAFKA}',
  'format' = 'json',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'minutes'
);

-- The latest total of each customer, for a compacted topic.
CREATE TABLE customers (customer STRING, total DECIMAL(38, 2), PRIMARY KEY (customer) NOT ENFORCED) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'customers',
  'properties.bootstrap.servers' = '${env:KAFKA}',
  'key.format' = 'json',
  'value.format' = 'json'
);

SET 'execution.checkpointing.interval' = '1s';

EXECUTE STATEMENT SET BEGIN
  INSERT INTO minutes
  SELECT window_start, COUNT(*), SUM(amount)
  FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(paid), INTERVAL '1' MINUTE))
  GROUP BY window_start, window_end;
  INSERT INTO customers SELECT customer, SUM(amount) FROM payments GROUP BY customer;
END;
