SELECT category, x, COUNT(*) AS n FROM (SELECT category, COLLECT(MOD(seller, 5)) AS m FROM auction WHERE MOD(id, 7) = 0 GROUP BY category) CROSS JOIN UNNEST(m) AS t(x) GROUP BY category, x
