SELECT n, COUNT(*) AS auctions, MAX(total) AS biggest, MIN(total) AS smallest FROM (SELECT auction, COUNT(*) AS n, SUM(price) AS total FROM bid GROUP BY auction) GROUP BY n
