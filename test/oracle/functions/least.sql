LEAST(1, 2, 3)
LEAST('a', 'B', 'c')
LEAST(1, 2.5)
LEAST(1, CAST(NULL AS INT))
LEAST(DATE '2020-01-01', DATE '2021-01-01')
LEAST(TRUE, FALSE)
LEAST(1)
LEAST('é', 'z', '😀', U&'\ffff')
LEAST(CAST(1 AS TINYINT), CAST(300 AS INT), 5000000000)
LEAST(x'01', x'02')
! LEAST()
! LEAST(1, 'a')
! LEAST(1, DATE '2020-01-01')
! LEAST(ARRAY[1], ARRAY[2])
columns a INT, b INT, s STRING, t STRING, d DECIMAL(5, 2), f DOUBLE
row 1, 2, 'x', 'y', 1.50, 0.5e0
row NULL, 2, NULL, 'y', NULL, 1.5e0
row 3, NULL, 'x', NULL, -2.25, NULL
row NULL, NULL, NULL, NULL, NULL, NULL
row -2147483648, 2147483647, '', 'é', 999.99, -0.5e0
row 5, 5, 'same', 'same', 5.00, 5.0e0
row 0, -1, 'ab', 'a', 0.01, 1e300
LEAST(a, b)
LEAST(a, b, 4)
LEAST(s, t)
LEAST(a, d)
LEAST(a, f)
LEAST(d, f)
LEAST(f, 0.75)
