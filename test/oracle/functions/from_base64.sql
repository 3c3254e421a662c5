FROM_BASE64('aGVsbG8gd29ybGQ=')
FROM_BASE64('aGVsbG8gd29ybGQ')
FROM_BASE64('')
FROM_BASE64('!!')
FROM_BASE64('w6nwn5iA')
FROM_BASE64('_-')
FROM_BASE64('YQ==YQ==')
FROM_BASE64(CAST(NULL AS STRING))
! FROM_BASE64(1)
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
FROM_BASE64(TO_BASE64(s))
FROM_BASE64(TO_BASE64(p))
reset
FROM_BASE64('YWJj')
FROM_BASE64('YWJ')
FROM_BASE64('Y W J j')
FROM_BASE64('====')
FROM_BASE64('8J+YgA==')
FROM_BASE64('8J-YgA==')
FROM_BASE64(TO_BASE64('é'))
FROM_BASE64(NULL)
! FROM_BASE64(1)
! FROM_BASE64(X'01')
