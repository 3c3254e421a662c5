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
n IN (1, 5, 7)
n NOT IN (1, 5, 7)
n IN (1, m)
n IN (1, CAST(NULL AS INT))
n NOT IN (1, CAST(NULL AS INT))
s IN ('x', 'é')
s IN ('x', 'long enough to be a varchar')
d IN (DATE '2020-01-01')
n IN (1.0, 5.5)
a IN (TRUE)
(n, m) IN ((1, 2), (5, 5))
! n IN ()
! n IN (DATE '2020-01-01')
1 IN (1, 2)
columns a BOOLEAN, b BOOLEAN, n INT, m INT, s STRING, x DOUBLE
row TRUE, TRUE, 1, 2, 'x', '1.5'
row TRUE, FALSE, 5, 5, 'y', 'NaN'
row FALSE, TRUE, -1, 0, '', '-0.0'
row FALSE, FALSE, NULL, 3, NULL, CAST(NULL AS STRING)
row NULL, TRUE, 3, NULL, 'é', '1e300'
row TRUE, NULL, 2147483647, -2147483648, 'xx', '0'
row NULL, NULL, 7, 8, ' ', '-1'
x IN (1.5, 0)
x IN (CAST('NaN' AS DOUBLE))
n IN (m, 1, 5)
s IN ('x', NULL)
n NOT IN (m)
a IN (b)
(n, s) IN ((1, 'x'), (5, 'z'))
reset
'a' IN ('a', 'b')
1.0 IN (1, 2)
DATE '2026-01-31' IN (DATE '2026-01-31', DATE '2026-02-01')
! 1 IN ('a')
