STARTSWITH('tidemill', 'tide')
STARTSWITH('tidemill', '')
STARTSWITH('', '')
STARTSWITH('', 'a')
STARTSWITH('tidemill', 'Tide')
STARTSWITH('😀日', '😀')
STARTSWITH(x'0102', x'01')
STARTSWITH(x'0102', x'')
STARTSWITH(CAST(NULL AS STRING), 'a')
STARTSWITH('a', CAST(NULL AS STRING))
! STARTSWITH('a', x'61')
! STARTSWITH('a', 1)
! STARTSWITH('a')
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
STARTSWITH(s, p)
STARTSWITH(s, 'ti')
STARTSWITH(p, s)
reset
STARTSWITH('é日本', 'é')
STARTSWITH('é日本', '本')
STARTSWITH('', '')
STARTSWITH(X'0102', X'02')
STARTSWITH(X'0102', X'')
STARTSWITH(CAST(NULL AS STRING), 'a')
! STARTSWITH('a', X'01')
! STARTSWITH(1, '1')
