SELECT MOD(bidder, 7) AS k, COUNT(DISTINCT auction) AS auctions, SUM(DISTINCT price) AS s, COUNT(DISTINCT channel) FILTER (WHERE price > 100000) AS c FROM bid GROUP BY MOD(bidder, 7)
