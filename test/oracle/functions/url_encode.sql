URL_ENCODE('https://flink.apache.org/')
URL_ENCODE('a b+c*d-e_f.g~h')
URL_ENCODE('é😀')
URL_ENCODE('')
URL_ENCODE(CAST(NULL AS STRING))
URL_ENCODE('!''()%&=?')
! URL_ENCODE(1)
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
URL_ENCODE(s)
URL_ENCODE(p)
reset
URL_ENCODE('é')
URL_ENCODE('😀')
URL_ENCODE('a b')
URL_ENCODE('*-._~')
URL_ENCODE('!"#$%&')
URL_ENCODE('/?=+')
URL_ENCODE('')
URL_ENCODE(CAST('a' AS CHAR(3)))
URL_ENCODE(NULL)
! URL_ENCODE(1)
URL_ENCODE(URL_ENCODE('é'))
