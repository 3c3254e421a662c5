RPAD('hi', 4, '??')
RPAD('hi', 1, '??')
RPAD('hi', 0, '?')
RPAD('hi', -1, '?')
RPAD('hi', 5, '')
RPAD('hi', 2, '')
RPAD('', 3, 'ab')
RPAD('😀', 4, '日本')
RPAD(CAST(NULL AS STRING), 2, 'x')
RPAD('a', 3, CAST(NULL AS STRING))
RPAD('a', CAST(NULL AS INT), 'x')
! RPAD('a', 3)
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
RPAD(s, 12, p)
RPAD(s, 3, 'xy')
RPAD(p, 4, s)
reset
RPAD('é', 3, '😀')
RPAD(CAST(NULL AS STRING), 3, 'x')
RPAD('abc', 3, '')
RPAD('abc', 6, 'xy')
RPAD('abc', 0, 'xy')
