SHA2('tide', 224)
SHA2('tide', 256)
SHA2('tide', 384)
SHA2('tide', 512)
SHA2('', 256)
SHA2('é😀', 256)
SHA2(CAST(NULL AS STRING), 256)
SHA2('a', CAST(NULL AS INT))
! SHA2('a', 0)
! SHA2('a', 100)
! SHA2('a')
! SHA2('a', 'b')
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
SHA2(s, 256)
SHA2(s, 512)
SHA2(p, 224)
SHA2(s, CASE WHEN n > 1 THEN 256 ELSE 512 END)
reset
SHA2('abc', 224)
SHA2('abc', 512)
SHA2('é😀', 384)
SHA2(REPEAT('a', 200), 256)
SHA2(CAST(NULL AS STRING), 256)
