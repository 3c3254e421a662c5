SELECT n, CAST(ARRAY_SORT(ARRAY_AGG(auction)) AS STRING) AS auctions FROM (SELECT auction, COUNT(*) AS n FROM bid WHERE MOD(auction, 53) = 0 GROUP BY auction) GROUP BY n
