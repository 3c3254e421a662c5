LOCATE('mill', 'tidemill')
LOCATE('l', 'tidemill', 8)
LOCATE('l', 'tidemill', 9)
LOCATE('l', 'tidemill', 0)
LOCATE('l', 'tidemill', -1)
LOCATE('', 'abc')
LOCATE('', 'abc', 2)
LOCATE('', 'abc', 9)
LOCATE('', '')
LOCATE('日', '😀é日', 2)
LOCATE(CAST(NULL AS STRING), 'a')
LOCATE('a', CAST(NULL AS STRING))
LOCATE('a', 'a', CAST(NULL AS INT))
! LOCATE('a')
! LOCATE(1, 'a')
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
LOCATE(p, s)
LOCATE(p, s, n)
LOCATE('i', s, 3)
LOCATE(s, p)
reset
LOCATE('b', 'a😀b')
LOCATE('', 'abc')
