UNHEX('466C696E6B')
UNHEX('466c696e6b')
UNHEX('')
UNHEX('F')
UNHEX('abc')
UNHEX('zz')
UNHEX('é')
UNHEX(' 4')
UNHEX(CAST(NULL AS STRING))
DECODE(UNHEX('466C696E6B'), 'UTF-8')
! UNHEX(1)
! UNHEX()
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
UNHEX(HEX(s))
UNHEX(s)
UNHEX(p)
reset
CAST(UNHEX('616263') AS STRING)
UNHEX('abc')
UNHEX('zz')
UNHEX('')
UNHEX('6G')
UNHEX(CAST(NULL AS STRING))
