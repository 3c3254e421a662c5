columns x DOUBLE, y DOUBLE
row '2', '10'
row '2', '-1'
row '0', '0'
row '0', '-1'
row '-0.0', '-1'
row '-0.0', '-3'
row '-2', '3'
row '-2', '0.5'
row 'NaN', '0'
row '1', 'NaN'
row 'Infinity', '-1'
row '-Infinity', '3'
row '1.1', '100'
row '0.1', '10'
row '10', '308'
row '10', '309'
row '2', '-1075'
row '-8', '0.3333333333333333'
row '1', 'Infinity'
row '-1', 'Infinity'
row '3.7', '2.2'
row '1e-10', '3'
row '5', '2'
row '1.5', '7'
POWER(x, y)
POWER(y, x)
columns n INT, b BIGINT, d DECIMAL(10, 3), f FLOAT
row 2, 10, '1.5', '0.1'
row -3, 3, '-2.25', '2.5'
row 0, 0, '0', '0'
row NULL, NULL, CAST(NULL AS STRING), CAST(NULL AS STRING)
POWER(n, b)
POWER(b, n)
POWER(n, n)
POWER(d, n)
POWER(n, d)
POWER(d, d)
POWER(f, n)
POWER(d, 2)
POWER(f, f)
reset
POWER(2, 10)
POWER(2.5, 2)
POWER(4, 0.5)
! POWER(2)
! POWER('2', 3)
! POWER(1, 2, 3)
reset
POWER(2, 10)
POWER(2, -1)
POWER(CAST(NULL AS INT), 2)
POWER(0, 0)
POWER(-8, 1e0 / 3)
POWER(1.5, 2.5)
! POWER('2', 2)
! POWER(2)
