columns a BOOLEAN, b BOOLEAN, n INT, m INT, s STRING, d DATE
row TRUE, TRUE, 1, 2, 'x', DATE '2020-01-01'
row TRUE, FALSE, 5, 5, 'y', DATE '2021-06-30'
row FALSE, TRUE, -1, 0, '', DATE '1969-12-31'
row FALSE, FALSE, NULL, 3, NULL, NULL
row NULL, TRUE, 3, NULL, 'é', DATE '2020-01-01'
row NULL, FALSE, NULL, NULL, '😀', NULL
row TRUE, NULL, 2147483647, -2147483648, 'xx', DATE '9999-12-31'
row FALSE, NULL, 0, 0, 'X', DATE '0001-01-01'
row NULL, NULL, 7, 8, ' ', DATE '2024-02-29'
NOT a
NOT (a AND b)
NOT (n > m)
NOT TRUE
NOT CAST(NULL AS BOOLEAN)
! NOT n
! NOT 'a'
NOT NOT b
columns a BOOLEAN, b BOOLEAN, n INT, m INT, s STRING, x DOUBLE
row TRUE, TRUE, 1, 2, 'x', '1.5'
row TRUE, FALSE, 5, 5, 'y', 'NaN'
row FALSE, TRUE, -1, 0, '', '-0.0'
row FALSE, FALSE, NULL, 3, NULL, CAST(NULL AS STRING)
row NULL, TRUE, 3, NULL, 'é', '1e300'
row TRUE, NULL, 2147483647, -2147483648, 'xx', '0'
row NULL, NULL, 7, 8, ' ', '-1'
NOT (n = m)
NOT (n < m)
NOT (n >= m)
NOT (x > 0)
NOT (x = x)
NOT (a OR b)
NOT (s LIKE 'x%')
NOT (s IS NULL)
NOT (n IN (1, 2, 3))
NOT (n BETWEEN 1 AND 5)
NOT (a IS TRUE)
NOT (a = b)
NOT CASE WHEN a THEN b ELSE NULL END
reset
NOT FALSE
NOT (1 = 1)
! NOT NULL
! NOT 1
