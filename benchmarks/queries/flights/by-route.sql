-- Flights of each route. {flights} stands for the file.
SELECT origin, destination, COUNT(*) AS flights, SUM(delay) AS delay, MAX(distance) AS distance
FROM '{flights}'
GROUP BY origin, destination
