SELECT auction, bidder, price, rn FROM (SELECT auction, bidder, price, ROW_NUMBER() OVER (PARTITION BY MOD(auction, 10) ORDER BY price DESC, auction, bidder) AS rn FROM bid) WHERE rn <= 3
