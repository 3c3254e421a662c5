CHR(97)
CHR(0)
CHR(255)
CHR(256)
CHR(353)
CHR(-1)
CHR(128)
CHR(160)
CHR(CAST(NULL AS INT))
CHR(9223372036854775807)
CHR(CAST(65 AS TINYINT))
! CHR('a')
! CHR(1.5)
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
CHR(n)
CHR(n + 65)
CHR(ASCII(s))
reset
CHR(0)
CHR(255)
CHR(256)
CHR(-1)
CHR(9223372036854775807)
