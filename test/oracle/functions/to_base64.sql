TO_BASE64('hello world')
TO_BASE64('')
TO_BASE64('é😀')
TO_BASE64(CAST(NULL AS STRING))
TO_BASE64(x'00ff')
TO_BASE64(REPEAT('abc', 40))
! TO_BASE64(1)
! TO_BASE64()
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
TO_BASE64(s)
TO_BASE64(p)
TO_BASE64(ENCODE(s, 'UTF-8'))
reset
TO_BASE64('é😀')
TO_BASE64('')
TO_BASE64(REPEAT('a', 60))
TO_BASE64(CAST('a' AS CHAR(4)))
TO_BASE64(NULL)
TO_BASE64(TO_BASE64('a'))
! TO_BASE64(1)
! TO_BASE64(X'0102')
! TO_BASE64('a', 'b')
! TO_BASE64(TRUE)
