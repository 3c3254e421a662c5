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
EXP(x)
columns f FLOAT, n INT, b BIGINT, d DECIMAL(10, 4), t TINYINT, s SMALLINT, w DECIMAL(38, 18)
row '0.1', 1, 10, '0.5', 1, 2, '0.123456789012345678'
row '-2.5', -3, -9007199254740993, '-99.9999', -128, 32767, '-12345678901234567890.5'
row '0', 0, 0, '0', 0, 0, '0'
row CAST(NULL AS STRING), NULL, NULL, CAST(NULL AS STRING), NULL, NULL, CAST(NULL AS STRING)
row '3.3E38', 2147483647, 9223372036854775807, '1.0001', 127, -1, '1'
EXP(f)
EXP(n)
EXP(b)
EXP(d)
EXP(t)
EXP(s)
EXP(w)
reset
EXP(1)
EXP(0.5)
EXP(2e0)
EXP(CAST(NULL AS DOUBLE))
! EXP('1')
! EXP()
! EXP(1, 2, 3)
! EXP(DATE '2026-01-31')
! EXP(TRUE)
reset
EXP(CAST(0.25 AS FLOAT))
EXP(CAST(1 AS BIGINT))
EXP(CAST(NULL AS INT))
EXP(CAST(0.75 AS DECIMAL(38, 20)))
EXP(EXP(0.5))
EXP(NULL)
! EXP(INTERVAL '1' DAY)
! EXP(ARRAY[1])
! EXP(X'01')
