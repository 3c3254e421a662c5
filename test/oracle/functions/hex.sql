HEX(100)
HEX(0)
HEX(-1)
HEX(CAST(-1 AS BIGINT))
HEX(CAST(255 AS TINYINT))
HEX(CAST(-1 AS SMALLINT))
HEX(9223372036854775807)
HEX('hello,world')
HEX('')
HEX('é😀')
HEX(CAST(NULL AS STRING))
HEX(CAST(NULL AS INT))
! HEX(1.5)
! HEX(TRUE)
! HEX(x'0a')
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
HEX(s)
HEX(n)
HEX(p)
HEX(n * 1000)
reset
HEX('é😀')
HEX(-9223372036854775808)
