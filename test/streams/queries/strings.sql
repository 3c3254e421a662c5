SELECT SPLIT_INDEX(url, '/', 3) AS a, SPLIT_INDEX(url, '/', 99) AS b, REPLACE(channel, 'channel', 'c') AS c, CONCAT(channel, '-', CAST(price AS STRING)) AS d, SUBSTRING(url FROM 9 FOR 3) AS e, POSITION('item' IN url) AS f, TRIM(BOTH 'h' FROM url) AS g, LPAD(channel, 12, '*') AS h, REVERSE(channel) AS i, LOWER(SUBSTRING(extra, 1, 5)) AS j, channel || '!' AS k
FROM bid WHERE MOD(auction, 53) = 0
