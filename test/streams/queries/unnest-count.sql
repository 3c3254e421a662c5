SELECT part, n, COUNT(*) AS c FROM bid CROSS JOIN UNNEST(SPLIT(url, '/')) WITH ORDINALITY AS t(part, n) WHERE MOD(auction, 53) = 0 GROUP BY part, n
