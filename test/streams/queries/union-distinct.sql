SELECT MOD(auction, 100) AS k FROM bid UNION SELECT MOD(bidder, 100) + 50 FROM bid
