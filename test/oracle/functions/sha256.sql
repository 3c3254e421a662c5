SHA256('tide')
SHA256('')
SHA256('é😀')
SHA256(CAST(NULL AS STRING))
SHA256(CAST('a' AS CHAR(3)))
SHA256(REPEAT('a', 1000))
! SHA256(1)
! SHA256()
! SHA256('a', 'b')
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
SHA256(s)
SHA256(p)
reset
SHA256('a')
SHA256('abc')
SHA256(REPEAT('a', 55))
SHA256(REPEAT('a', 56))
SHA256(REPEAT('a', 63))
SHA256(REPEAT('a', 64))
SHA256(REPEAT('é', 111))
SHA256(REPEAT('b', 112))
SHA256(REPEAT('b', 127))
SHA256(REPEAT('b', 128))
SHA256(REPEAT('b', 129))
SHA256('😀')
SHA256(SHA256('a'))
SHA256(NULL)
