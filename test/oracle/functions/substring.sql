SUBSTRING('tidemill' FROM 5)
SUBSTRING('tidemill' FROM 5 FOR 2)
SUBSTRING('tidemill', 5, 2)
SUBSTRING('tidemill', 0)
SUBSTRING('tidemill', 0, 3)
SUBSTRING('tidemill', -3)
SUBSTRING('tidemill', -3, 2)
SUBSTRING('tidemill', -30, 2)
SUBSTRING('tidemill', -9, 3)
SUBSTRING('tidemill', 100)
SUBSTRING('tidemill', 2, 0)
SUBSTRING('tidemill', 2, -1)
SUBSTRING('tidemill', 2, 2147483647)
SUBSTRING('😀é日a', 2, 2)
SUBSTRING('', 1)
SUBSTRING(CAST(NULL AS STRING), 1)
SUBSTRING('a', CAST(NULL AS INT))
SUBSTRING('a', 1, CAST(NULL AS INT))
SUBSTRING(CAST('ab' AS CHAR(5)), 2)
! SUBSTRING('a', 'b')
! SUBSTRING('a')
! SUBSTRING(1, 1)
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
SUBSTRING(s, n)
SUBSTRING(s, 3)
SUBSTRING(s, n, 2)
SUBSTRING(s, 2, n)
SUBSTRING(s, -4, 2)
SUBSTRING(s, -n)
SUBSTRING(s FROM 3 FOR 4)
