RTRIM(' a ')
RTRIM('')
RTRIM('xyaxy', 'xy')
RTRIM('xyaxy', '')
RTRIM('xxx', 'x')
RTRIM('😀a😀', '😀')
RTRIM(CAST(NULL AS STRING))
RTRIM('a', CAST(NULL AS STRING))
RTRIM(CAST('ab' AS CHAR(5)))
RTRIM(U&'\0009 a\0009 ')
! RTRIM(1)
! RTRIM()
! RTRIM('a', 1)
! RTRIM('a', 'b', 'c')
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
RTRIM(s)
RTRIM(s, p)
RTRIM(s, 'adexlmt')
RTRIM(p, s)
reset
RTRIM('  a  ')
RTRIM('xxaxx', 'x')
RTRIM('😀a😀', '😀')
