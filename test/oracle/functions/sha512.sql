SHA512('tide')
SHA512('')
SHA512('é😀')
SHA512(CAST(NULL AS STRING))
SHA512(CAST('a' AS CHAR(3)))
SHA512(REPEAT('a', 1000))
! SHA512(1)
! SHA512()
! SHA512('a', 'b')
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
SHA512(s)
SHA512(p)
reset
SHA512('a')
SHA512('abc')
SHA512(REPEAT('a', 55))
SHA512(REPEAT('a', 56))
SHA512(REPEAT('a', 63))
SHA512(REPEAT('a', 64))
SHA512(REPEAT('é', 111))
SHA512(REPEAT('b', 112))
SHA512(REPEAT('b', 127))
SHA512(REPEAT('b', 128))
SHA512(REPEAT('b', 129))
SHA512('😀')
SHA512(SHA512('a'))
SHA512(NULL)
