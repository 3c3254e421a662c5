columns x DOUBLE, y DOUBLE
row '2', '8'
row '10', '1000'
row '0', '1'
row '1', '5'
row '-2', '8'
row '2', '-8'
row '2', '0'
row 'NaN', '1'
row 'Infinity', '2'
row '2', 'Infinity'
row '0.5', '0.25'
row '3', '7'
row '1e-300', '1e300'
LOG(x)
LOG(y)
LOG(x, y)
LOG(CAST(x AS FLOAT), y)
reset
LOG(2, 8)
LOG(10, 1000)
LOG(2.5)
LOG(1)
LOG(10)
LOG(2, 0.5)
! LOG()
! LOG('a')
! LOG(1, 2, 3)
! LOG(0)
! LOG(-1)
! LOG(1, 5)
! LOG(2, -1)
reset
LOG(CAST(0.25 AS FLOAT))
LOG(CAST(1 AS BIGINT))
LOG(CAST(NULL AS INT))
LOG(CAST(0.75 AS DECIMAL(38, 20)))
LOG(LOG(0.5))
LOG(NULL)
! LOG(INTERVAL '1' DAY)
! LOG(ARRAY[1])
! LOG(X'01')
