-- Flights of each airport. {flights} stands for the file.
SELECT origin, COUNT(*) AS flights, SUM(delay) AS delay, MIN(delay) AS earliest, MAX(delay) AS latest
FROM '{flights}'
GROUP BY origin
