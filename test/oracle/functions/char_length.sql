CHAR_LENGTH('mill')
CHARACTER_LENGTH('')
CHAR_LENGTH('😀é日')
CHAR_LENGTH(CAST(NULL AS STRING))
CHAR_LENGTH(CAST('a' AS CHAR(5)))
CHAR_LENGTH('e' || U&'\0301')
! CHAR_LENGTH(12)
! CHAR_LENGTH(x'0001')
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
CHAR_LENGTH(s)
CHARACTER_LENGTH(p)
CHAR_LENGTH(s || p)
CHAR_LENGTH(s) + n
reset
CHAR_LENGTH('')
CHAR_LENGTH('😀')
CHAR_LENGTH('é日本')
CHAR_LENGTH(CAST('a' AS CHAR(5)))
CHAR_LENGTH('a  ')
CHARACTER_LENGTH('abc')
CHAR_LENGTH(NULL)
CHAR_LENGTH(CAST(NULL AS STRING))
CHAR_LENGTH(REPEAT('é', 1000))
! CHAR_LENGTH(1)
! CHAR_LENGTH(X'01')
