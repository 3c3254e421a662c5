BIN(4)
BIN(0)
BIN(-1)
BIN(CAST(-1 AS BIGINT))
BIN(CAST(5 AS TINYINT))
BIN(9223372036854775807)
BIN(CAST(NULL AS INT))
! BIN('a')
! BIN(1.5)
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
BIN(n)
BIN(n + 1)
BIN(CHAR_LENGTH(s))
reset
BIN(9223372036854775807)
BIN(-9223372036854775808)
BIN(CAST(5 AS TINYINT))
BIN(CAST(-5 AS SMALLINT))
BIN(CAST(-1 AS INT))
BIN(0)
BIN(NULL)
BIN(CAST(NULL AS BIGINT))
! BIN(1.5)
! BIN('1')
! BIN(TRUE)
! BIN(1, 2)
