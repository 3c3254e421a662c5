ENDSWITH('tidemill', 'mill')
ENDSWITH('tidemill', '')
ENDSWITH('', '')
ENDSWITH('', 'a')
ENDSWITH('tidemill', 'Mill')
ENDSWITH('😀日', '日')
ENDSWITH(x'0102', x'02')
ENDSWITH(x'0102', x'')
ENDSWITH(CAST(NULL AS STRING), 'a')
ENDSWITH('a', CAST(NULL AS STRING))
! ENDSWITH('a', x'61')
! ENDSWITH('a', 1)
! ENDSWITH('a')
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
ENDSWITH(s, p)
ENDSWITH(s, 'll')
ENDSWITH(p, s)
reset
ENDSWITH('é日本', 'é')
ENDSWITH('é日本', '本')
ENDSWITH('', '')
ENDSWITH(X'0102', X'02')
ENDSWITH(X'0102', X'')
ENDSWITH(CAST(NULL AS STRING), 'a')
! ENDSWITH('a', X'01')
! ENDSWITH(1, '1')
