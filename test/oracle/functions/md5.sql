MD5('tide')
MD5('')
MD5('é😀')
MD5(CAST(NULL AS STRING))
MD5(CAST('a' AS CHAR(3)))
MD5(REPEAT('a', 1000))
! MD5(1)
! MD5()
! MD5('a', 'b')
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
MD5(s)
MD5(p)
reset
MD5('a')
MD5('abc')
MD5(REPEAT('a', 55))
MD5(REPEAT('a', 56))
MD5(REPEAT('a', 63))
MD5(REPEAT('a', 64))
MD5(REPEAT('é', 111))
MD5(REPEAT('b', 112))
MD5(REPEAT('b', 127))
MD5(REPEAT('b', 128))
MD5(REPEAT('b', 129))
MD5('😀')
MD5(MD5('a'))
MD5(NULL)
