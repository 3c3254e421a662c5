DECODE(x'74696465', 'UTF-8')
DECODE(x'c3a9f09f9880', 'UTF-8')
DECODE(x'c3a9f09f9880', 'US-ASCII')
DECODE(x'c3a9f09f9880', 'ISO-8859-1')
DECODE(x'feff00e9', 'UTF-16')
DECODE(x'00e9', 'UTF-16')
DECODE(x'fffee900', 'UTF-16')
DECODE(x'00e9', 'UTF-16BE')
DECODE(x'e900', 'UTF-16LE')
DECODE(x'ff61', 'UTF-8')
DECODE(x'', 'UTF-8')
DECODE(CAST(NULL AS BYTES), 'UTF-8')
DECODE(x'61', CAST(NULL AS STRING))
! DECODE(x'61', 'no-such-charset')
! DECODE('a', 'UTF-8')
! DECODE(x'61')
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
DECODE(ENCODE(s, 'UTF-8'), 'UTF-8')
DECODE(ENCODE(s, 'UTF-16LE'), 'UTF-16LE')
DECODE(ENCODE(s, 'UTF-8'), 'ISO-8859-1')
reset
DECODE(CAST(NULL AS BYTES), 'UTF-8')
DECODE(X'ff', 'UTF-8')
