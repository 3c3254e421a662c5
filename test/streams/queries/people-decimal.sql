SELECT state, COUNT(*) AS n, SUM(CAST(id AS DECIMAL(12, 2))) AS s, AVG(CAST(id AS DECIMAL(12, 2))) AS a, MIN(name) AS lo, MAX(city) AS hi FROM person GROUP BY state
