SELECT k, price, rn FROM (SELECT MOD(auction, 5) AS k, price, bidder, ROW_NUMBER() OVER (PARTITION BY MOD(auction, 5) ORDER BY price, bidder, `dateTime`) AS rn FROM bid) WHERE rn > 2 AND rn <= 4
