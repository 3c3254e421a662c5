columns y DOUBLE, x DOUBLE
row '0', '0'
row '0', '-0.0'
row '0', '1'
row '0', '-2.5'
row '0', 'Infinity'
row '0', '-Infinity'
row '-0.0', '0'
row '-0.0', '-0.0'
row '-0.0', '1'
row '-0.0', '-2.5'
row '-0.0', 'Infinity'
row '-0.0', '-Infinity'
row '1', '0'
row '1', '-0.0'
row '1', '1'
row '1', '-2.5'
row '1', 'Infinity'
row '1', '-Infinity'
row '-1', '0'
row '-1', '-0.0'
row '-1', '1'
row '-1', '-2.5'
row '-1', 'Infinity'
row '-1', '-Infinity'
row 'Infinity', '0'
row 'Infinity', '-0.0'
row 'Infinity', '1'
row 'Infinity', '-2.5'
row 'Infinity', 'Infinity'
row 'Infinity', '-Infinity'
row 'NaN', '0'
row 'NaN', '-0.0'
row 'NaN', '1'
row 'NaN', '-2.5'
row 'NaN', 'Infinity'
row 'NaN', '-Infinity'
row '0.3', '0'
row '0.3', '-0.0'
row '0.3', '1'
row '0.3', '-2.5'
row '0.3', 'Infinity'
row '0.3', '-Infinity'
ATAN2(y, x)
columns n INT, d DECIMAL(10, 3), f FLOAT, b BIGINT
row 1, '2.5', '0.1', 7
row 0, '0', '0', 0
row NULL, CAST(NULL AS STRING), CAST(NULL AS STRING), NULL
ATAN2(f, b)
ATAN2(d, d)
reset
ATAN2(1, 2)
ATAN2(1.5, 2.5)
! ATAN2(1)
! ATAN2('a', 1)
reset
ATAN2(CAST(NULL AS DOUBLE), 1)
ATAN2(CAST(1 AS FLOAT), CAST(2 AS FLOAT))
ATAN2(CAST(1 AS TINYINT), 2)
ATAN2(1, CAST(2 AS SMALLINT))
ATAN2(CAST(1 AS BIGINT), CAST(2 AS DECIMAL(10, 2)))
ATAN2(0.5, 1)
ATAN2(1, 0.5)
ATAN2(-1, 0)
ATAN2(0, -1)
ATAN2(1e300, 1e-300)
ATAN2(NULL, NULL)
ATAN2(ATAN2(1, 2), 3)
! ATAN2(TRUE, 1)
! ATAN2(DATE '2026-01-31', 1)
