SELECT MOD(auction, 3) AS a, channel, COUNT(*) AS c, MAX(price) AS m, GROUPING_ID(MOD(auction, 3), channel) AS g FROM bid WHERE MOD(bidder, 50) = 0 GROUP BY CUBE(MOD(auction, 3), channel)
