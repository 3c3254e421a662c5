CONCAT_WS('~', 'AA', 'BB', 'CC')
CONCAT_WS('~', 'AA')
CONCAT_WS('~')
CONCAT_WS('', 'a', 'b')
CONCAT_WS('~', 'a', CAST(NULL AS STRING), 'b')
CONCAT_WS('~', CAST(NULL AS STRING))
CONCAT_WS(CAST(NULL AS STRING), 'a', 'b')
CONCAT_WS('~', '', 'b', '')
CONCAT_WS('😀', 'é', '日')
! CONCAT_WS()
! CONCAT_WS('a', 1)
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
CONCAT_WS('-', s, p)
CONCAT_WS(p, s, 'x', s)
CONCAT_WS('-', s)
CONCAT_WS('-', p, s, p)
reset
CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'c')
CONCAT_WS(CAST(NULL AS STRING), 'a', 'b')
CONCAT_WS('', 'a', 'b')
CONCAT_WS('😀', 'a', 'é', '')
CONCAT_WS(', ', CAST(NULL AS STRING), CAST(NULL AS STRING))
CONCAT_WS('-', CAST('a' AS CHAR(3)), 'b')
! CONCAT_WS(1, 'a')
