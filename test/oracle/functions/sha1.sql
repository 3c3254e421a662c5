SHA1('tide')
SHA1('')
SHA1('é😀')
SHA1(CAST(NULL AS STRING))
SHA1(CAST('a' AS CHAR(3)))
SHA1(REPEAT('a', 1000))
! SHA1(1)
! SHA1()
! SHA1('a', 'b')
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
SHA1(s)
SHA1(p)
reset
SHA1('a')
SHA1('abc')
SHA1(REPEAT('a', 55))
SHA1(REPEAT('a', 56))
SHA1(REPEAT('a', 63))
SHA1(REPEAT('a', 64))
SHA1(REPEAT('é', 111))
SHA1(REPEAT('b', 112))
SHA1(REPEAT('b', 127))
SHA1(REPEAT('b', 128))
SHA1(REPEAT('b', 129))
SHA1('😀')
SHA1(SHA1('a'))
SHA1(NULL)
