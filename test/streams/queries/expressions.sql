SELECT auction, price * 3 - 7 AS a, price / 7 AS b, MOD(price, 13) AS c, 0.908 * price AS d, CAST(price AS DOUBLE) / 3 AS e, UPPER(channel) AS f, CHAR_LENGTH(url) AS g, channel LIKE 'channel-1%' AS h, CASE WHEN price > 100000 THEN 'dear' WHEN price > 1000 THEN 'fair' END AS i, COALESCE(NULLIF(channel, 'Apple'), 'pear') AS j
FROM bid WHERE MOD(auction, 3) = 1 AND price BETWEEN 500 AND 5000000
