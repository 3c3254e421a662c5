LTRIM(' a ')
LTRIM('')
LTRIM('xyaxy', 'xy')
LTRIM('xyaxy', '')
LTRIM('xxx', 'x')
LTRIM('😀a😀', '😀')
LTRIM(CAST(NULL AS STRING))
LTRIM('a', CAST(NULL AS STRING))
LTRIM(CAST('ab' AS CHAR(5)))
LTRIM(U&'\0009 a\0009 ')
! LTRIM(1)
! LTRIM()
! LTRIM('a', 1)
! LTRIM('a', 'b', 'c')
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
LTRIM(s)
LTRIM(s, p)
LTRIM(s, 'adexlmt')
LTRIM(p, s)
reset
LTRIM('  a  ')
LTRIM('xxaxx', 'x')
LTRIM('😀a😀', '😀')
