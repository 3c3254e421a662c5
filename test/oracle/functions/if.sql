IF(1 > 0, 'a', 'b')
IF(FALSE, 'abc', 'b')
IF(CAST(NULL AS BOOLEAN), 1, 2)
IF(TRUE, 1, 2.5)
IF(TRUE, 1, CAST(2 AS DOUBLE))
IF(TRUE, CAST(NULL AS INT), 2)
IF(TRUE, DATE '2020-01-01', DATE '2021-01-01')
IF(FALSE, CAST('x' AS INT), 2)
! IF(1, 2, 3)
! IF(TRUE, 1)
! IF(TRUE, 1, DATE '2020-01-01')
IF(TRUE, NULL, 1)
columns a INT, b INT, s STRING, t STRING, d DECIMAL(5, 2), f DOUBLE
row 1, 2, 'x', 'y', 1.50, 0.5e0
row NULL, 2, NULL, 'y', NULL, 1.5e0
row 3, NULL, 'x', NULL, -2.25, NULL
row NULL, NULL, NULL, NULL, NULL, NULL
row -2147483648, 2147483647, '', 'é', 999.99, -0.5e0
row 5, 5, 'same', 'same', 5.00, 5.0e0
row 0, -1, 'ab', 'a', 0.01, 1e300
IF(a > b, a, b)
IF(a IS NULL, 'null', 'there')
IF(s = t, s, t)
IF(a > 0, d, 0)
IF(b > 0, a, f)
IF(a > 0, s, 'no')
reset
IF(1 < 2, 'a', 'bcd')
IF(CAST(NULL AS BOOLEAN), 1, 2)
IF(FALSE, 1.5, 2)
