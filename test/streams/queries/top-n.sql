SELECT auction, price, bidder FROM bid ORDER BY price DESC, auction, bidder LIMIT 10
