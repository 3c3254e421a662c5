SELECT DISTINCT MOD(auction, 17) AS a, SUBSTRING(channel, 1, 2) AS c FROM bid
