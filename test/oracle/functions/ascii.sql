ASCII('a')
ASCII('')
ASCII('é')
ASCII('😀')
ASCII('日')
ASCII(CAST(NULL AS STRING))
ASCII(CAST('b' AS CHAR(3)))
! ASCII(1)
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
ASCII(s)
ASCII(p)
ASCII(REVERSE(s))
reset
ASCII('é')
ASCII('😀')
ASCII('日本')
ASCII(' ')
ASCII(CAST('a' AS CHAR(3)))
ASCII(U&'\0000')
ASCII(U&'\007f')
ASCII(U&'\0080')
ASCII(U&'\00ff')
ASCII(U&'\0100')
ASCII(NULL)
! ASCII(TRUE)
! ASCII(DATE '2026-01-31')
