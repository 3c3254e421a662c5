ELT(1, 'scala', 'java')
ELT(2, 'scala', 'java')
ELT(3, 'scala', 'java')
ELT(0, 'scala', 'java')
ELT(-1, 'a')
ELT(1, 'a')
ELT(1, CAST(NULL AS STRING), 'b')
ELT(CAST(NULL AS INT), 'a')
ELT(CAST(2 AS BIGINT), 'a', 'b')
ELT(CAST(2 AS TINYINT), 'a', 'bcd')
ELT(1, x'01', x'0203')
! ELT(1)
! ELT('a', 'b')
! ELT(1, 'a', x'01')
! ELT(1.5, 'a', 'b')
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
ELT(n, s, p)
ELT(2, s, p)
ELT(1, s, p)
ELT(n - 1, s, p, 'third')
reset
ELT(2, 'a', 'é😀', 'c')
ELT(CAST(NULL AS INT), 'a')
