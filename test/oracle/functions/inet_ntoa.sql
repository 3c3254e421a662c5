INET_NTOA(2130706433)
INET_NTOA(0)
INET_NTOA(4294967295)
INET_NTOA(4294967296)
INET_NTOA(-1)
INET_NTOA(CAST(16909060 AS INT))
INET_NTOA(CAST(5 AS TINYINT))
INET_NTOA(CAST(NULL AS BIGINT))
INET_NTOA(9223372036854775807)
! INET_NTOA('a')
! INET_NTOA(1.5)
! INET_NTOA()
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
INET_NTOA(n)
INET_NTOA(CHAR_LENGTH(s))
INET_NTOA(n + 256)
reset
INET_NTOA(0)
INET_NTOA(4294967295)
INET_NTOA(4294967296)
INET_NTOA(-1)
INET_NTOA(CAST(NULL AS BIGINT))
INET_NTOA(CAST(1 AS TINYINT))
