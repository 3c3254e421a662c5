SHA224('tide')
SHA224('')
SHA224('é😀')
SHA224(CAST(NULL AS STRING))
SHA224(CAST('a' AS CHAR(3)))
SHA224(REPEAT('a', 1000))
! SHA224(1)
! SHA224()
! SHA224('a', 'b')
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
SHA224(s)
SHA224(p)
reset
SHA224('a')
SHA224('abc')
SHA224(REPEAT('a', 55))
SHA224(REPEAT('a', 56))
SHA224(REPEAT('a', 63))
SHA224(REPEAT('a', 64))
SHA224(REPEAT('é', 111))
SHA224(REPEAT('b', 112))
SHA224(REPEAT('b', 127))
SHA224(REPEAT('b', 128))
SHA224(REPEAT('b', 129))
SHA224('😀')
SHA224(SHA224('a'))
SHA224(NULL)
