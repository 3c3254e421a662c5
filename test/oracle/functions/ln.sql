columns x DOUBLE
row '0'
row '-0.0'
row '1'
row '-1'
row '0.5'
row '-0.5'
row '2'
row '3.7'
row '-3.7'
row '10'
row '1e-8'
row '1e10'
row '123456.789'
row '-1e300'
row '1e308'
row '4.9E-324'
row 'NaN'
row 'Infinity'
row '-Infinity'
row '0.1'
row '1.5707963267948966'
row '3.141592653589793'
row '0.9999999'
row '22.5'
row '709.5'
row '-745.2'
row '1000000.25'
LN(x)
columns f FLOAT, n INT, b BIGINT, d DECIMAL(10, 4), t TINYINT, s SMALLINT, w DECIMAL(38, 18)
row '0.1', 1, 10, '0.5', 1, 2, '0.123456789012345678'
row '-2.5', -3, -9007199254740993, '-99.9999', -128, 32767, '-12345678901234567890.5'
row '0', 0, 0, '0', 0, 0, '0'
row CAST(NULL AS STRING), NULL, NULL, CAST(NULL AS STRING), NULL, NULL, CAST(NULL AS STRING)
row '3.3E38', 2147483647, 9223372036854775807, '1.0001', 127, -1, '1'
LN(f)
LN(n)
LN(b)
LN(d)
LN(t)
LN(s)
LN(w)
reset
LN(1)
LN(0.5)
LN(2e0)
LN(CAST(NULL AS DOUBLE))
! LN('1')
! LN()
! LN(1, 2, 3)
! LN(DATE '2026-01-31')
! LN(TRUE)
reset
LN(CAST(0.25 AS FLOAT))
LN(CAST(1 AS BIGINT))
LN(CAST(NULL AS INT))
LN(CAST(0.75 AS DECIMAL(38, 20)))
LN(LN(0.5))
LN(NULL)
! LN(INTERVAL '1' DAY)
! LN(ARRAY[1])
! LN(X'01')
