REPEAT('ab', 3)
REPEAT('ab', 0)
REPEAT('ab', -1)
REPEAT('', 10)
REPEAT('😀', 2)
REPEAT(CAST(NULL AS STRING), 2)
REPEAT('a', CAST(NULL AS INT))
CHAR_LENGTH(REPEAT('ab', 100000))
! REPEAT('a', 'b')
! REPEAT('a')
! REPEAT(1, 2)
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
REPEAT(s, 2)
REPEAT(s, LEAST(n, 3))
REPEAT(p, 1)
reset
REPEAT('é', 3)
REPEAT('a', -1)
REPEAT('', 1000)
REPEAT('a', CAST(NULL AS INT))
REPEAT(CAST(NULL AS STRING), 2)
REPEAT(CAST('a' AS CHAR(3)), 2)
