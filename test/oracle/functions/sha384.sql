SHA384('tide')
SHA384('')
SHA384('é😀')
SHA384(CAST(NULL AS STRING))
SHA384(CAST('a' AS CHAR(3)))
SHA384(REPEAT('a', 1000))
! SHA384(1)
! SHA384()
! SHA384('a', 'b')
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
SHA384(s)
SHA384(p)
reset
SHA384('a')
SHA384('abc')
SHA384(REPEAT('a', 55))
SHA384(REPEAT('a', 56))
SHA384(REPEAT('a', 63))
SHA384(REPEAT('a', 64))
SHA384(REPEAT('é', 111))
SHA384(REPEAT('b', 112))
SHA384(REPEAT('b', 127))
SHA384(REPEAT('b', 128))
SHA384(REPEAT('b', 129))
SHA384('😀')
SHA384(SHA384('a'))
SHA384(NULL)
