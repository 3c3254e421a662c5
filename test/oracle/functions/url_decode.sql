URL_DECODE('https%3A%2F%2Fflink.apache.org%2F')
URL_DECODE('a+b%20c')
URL_DECODE('%C3%A9%F0%9F%98%80')
URL_DECODE('%')
URL_DECODE('%zz')
URL_DECODE('%C3')
URL_DECODE('%e2%82')
URL_DECODE('é😀')
URL_DECODE('')
URL_DECODE(CAST(NULL AS STRING))
URL_DECODE('inva+lid%2')
! URL_DECODE(1)
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
URL_DECODE(s)
URL_DECODE(URL_ENCODE(s))
URL_DECODE(URL_ENCODE(p))
reset
URL_DECODE('%F0%9F%98%80')
URL_DECODE('a+b')
URL_DECODE('%')
URL_DECODE('%zz')
URL_DECODE(URL_ENCODE('é &=?'))
