columns a INT, b INT, c BIGINT, t TINYINT, d DECIMAL(10, 2), e DECIMAL(5, 3), x DOUBLE, f FLOAT
row 7, 3, 10, 3, '7.50', '2.300', '7.5', '2'
row -7, 3, -10, -3, '-7.50', '2.300', '-7.5', '2'
row 7, -3, 10, 3, '7.50', '-2.300', '7.5', '-2'
row -2147483648, -1, -9223372036854775807, -128, '-99999999.99', '-99.999', 'NaN', '1'
row 0, 5, 0, 5, '0', '1', '0', '0.5'
row NULL, 5, 0, 5, '0', '1', 'Infinity', '0.5'
row NULL, NULL, NULL, NULL, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING)
MOD(a, b)
MOD(c, a - a + 3)
MOD(a, c + 11)
MOD(t, b)
MOD(c, t)
MOD(d, e)
MOD(d, b)
MOD(a, e)
MOD(d, d + 1)
a % b
d % e
! MOD(x, 2)
! x % 2.5
reset
MOD(5, 3)
MOD(-5, 3)
MOD(5.5, 2)
MOD(5, 1.5)
! MOD(1, 0)
! MOD(1.5, 0)
! MOD(1e0, 0)
! MOD('5', 3)
! MOD(1)
