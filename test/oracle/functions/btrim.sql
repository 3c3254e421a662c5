BTRIM(' a ')
BTRIM('')
BTRIM('xyaxy', 'xy')
BTRIM('xyaxy', '')
BTRIM('xxx', 'x')
BTRIM('😀a😀', '😀')
BTRIM(CAST(NULL AS STRING))
BTRIM('a', CAST(NULL AS STRING))
BTRIM(CAST('ab' AS CHAR(5)))
BTRIM(U&'\0009 a\0009 ')
! BTRIM(1)
! BTRIM()
! BTRIM('a', 1)
! BTRIM('a', 'b', 'c')
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
BTRIM(s)
BTRIM(s, p)
BTRIM(s, 'adexlmt')
BTRIM(p, s)
reset
BTRIM('xxabcxx', 'x')
BTRIM('😀a😀', '😀')
BTRIM(CAST(NULL AS STRING), 'x')
