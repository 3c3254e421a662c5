-- Selection: bids on certain auctions.
-- sink: auction BIGINT, price BIGINT
SELECT auction, price FROM bid WHERE MOD(auction, 123) = 0
