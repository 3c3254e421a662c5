TYPEOF(1)
TYPEOF('a')
TYPEOF(CAST(NULL AS STRING))
TYPEOF(1.50)
TYPEOF(CAST(1 AS BIGINT))
TYPEOF(TRUE)
TYPEOF(DATE '2020-01-01')
TYPEOF(TIMESTAMP '2020-01-01 00:00:00')
TYPEOF(ARRAY[1])
TYPEOF(MAP['a', 1])
TYPEOF(ROW(1, 'a'))
TYPEOF(x'01')
TYPEOF(INTERVAL '1' DAY)
TYPEOF(INTERVAL '1' MONTH)
TYPEOF(1, TRUE)
TYPEOF('a', TRUE)
TYPEOF(1, FALSE)
TYPEOF(CAST(NULL AS INT), TRUE)
TYPEOF(TIME '00:00:00')
TYPEOF(CAST('a' AS VARCHAR(3)))
TYPEOF(CAST(1 AS DECIMAL(10, 2)))
TYPEOF(1e0)
! TYPEOF()
columns s STRING, p STRING, n INT
row 'tidemill', 'mill', 5
row '', '', 0
row NULL, 'a', 1
row 'a string that is longer than twelve bytes', 'th', 2
row 'Tide', NULL, -1
row '😀 日本語 é𐐨', '語', 3
row '  padded  ', ' ', -3
row 'aaaa', 'aa', 100
row 'x', 'longer than x', 2147483647
row 'tab	and|pipe', '|', -2147483648
row 'abc', 'abc', NULL
TYPEOF(s)
TYPEOF(n, TRUE)
TYPEOF(UPPER(s))
