-- Bids alone, flat.
CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING,
  WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ({with});
CREATE VIEW bid_processing_time AS SELECT auction, bidder, PROCTIME() AS p_time FROM bid;
