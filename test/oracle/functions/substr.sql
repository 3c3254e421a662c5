SUBSTR('tidemill', 5, 2)
SUBSTR('tidemill', 5)
SUBSTR('tidemill', 0, 3)
SUBSTR('tidemill', -3, 2)
SUBSTR('😀é日a', 2, 2)
SUBSTR('tidemill', 2, -1)
! SUBSTR('a')
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
SUBSTR(s, n)
SUBSTR(s, 3)
SUBSTR(s, 2, n)
reset
SUBSTR('a😀bc', 2)
SUBSTR('a😀bc', 2, 2)
SUBSTR('abc', 0)
SUBSTR('abc', -2)
SUBSTR('abc', 2, 0)
SUBSTR('abc', 2, -1)
SUBSTR('abc', 5)
SUBSTR('abc', CAST(NULL AS INT))
SUBSTR('abc', -5, 3)
SUBSTR('abc', 1, 2147483647)
! SUBSTR('abc', 'x')
