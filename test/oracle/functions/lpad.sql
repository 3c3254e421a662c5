LPAD('hi', 4, '??')
LPAD('hi', 1, '??')
LPAD('hi', 0, '?')
LPAD('hi', -1, '?')
LPAD('hi', 5, '')
LPAD('hi', 2, '')
LPAD('', 3, 'ab')
LPAD('😀', 4, '日本')
LPAD(CAST(NULL AS STRING), 2, 'x')
LPAD('a', 3, CAST(NULL AS STRING))
LPAD('a', CAST(NULL AS INT), 'x')
LPAD(CAST('ab' AS CHAR(3)), 5, '-')
! LPAD('a', 3)
! LPAD('a', 'b', 'c')
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
LPAD(s, 12, p)
LPAD(s, 3, 'xy')
LPAD(p, 4, s)
LPAD(s, LEAST(n, 20), p)
reset
LPAD('é', 3, '😀')
LPAD(CAST(NULL AS STRING), 3, 'x')
LPAD('abc', 3, '')
