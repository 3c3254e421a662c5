ENCODE('tide', 'UTF-8')
ENCODE('é😀', 'UTF-8')
ENCODE('é😀', 'US-ASCII')
ENCODE('é😀', 'ISO-8859-1')
ENCODE('é😀', 'UTF-16')
ENCODE('é😀', 'UTF-16BE')
ENCODE('é😀', 'UTF-16LE')
ENCODE('tide', 'utf-8')
ENCODE('tide', 'utf8')
ENCODE('', 'UTF-16')
ENCODE(CAST(NULL AS STRING), 'UTF-8')
ENCODE('a', CAST(NULL AS STRING))
! ENCODE('a', 'no-such-charset')
! ENCODE(1, 'UTF-8')
! ENCODE('a')
ENCODE('€uro', 'windows-1252')
ENCODE('a', 'GBK')
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
ENCODE(s, 'UTF-8')
ENCODE(p, 'UTF-16LE')
ENCODE(s, 'ISO-8859-1')
