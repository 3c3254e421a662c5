RIGHT('tidemill', 4)
RIGHT('tidemill', 0)
RIGHT('tidemill', -1)
RIGHT('tidemill', 100)
RIGHT('😀日a', 2)
RIGHT(CAST('ab' AS CHAR(4)), 3)
RIGHT(CAST(NULL AS STRING), 2)
RIGHT('a', CAST(NULL AS INT))
! RIGHT('a', 'b')
! RIGHT('a')
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
RIGHT(s, n)
RIGHT(s, 3)
RIGHT(p, n)
reset
RIGHT('a😀b', 2)
RIGHT('é', 5)
RIGHT('abc', -1)
RIGHT('abc', 0)
RIGHT('abc', CAST(NULL AS INT))
! RIGHT('abc', 'x')
RIGHT('abc', 2147483647)
