SELECT bidder, `dateTime`, ROW_NUMBER() OVER (PARTITION BY bidder ORDER BY `dateTime`) AS r FROM bid WHERE MOD(bidder, 37) = 0
