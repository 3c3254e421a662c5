'tide' || 'mill'
'a' || ''
'a' || CAST(NULL AS STRING)
CAST('a' AS CHAR(3)) || 'b'
CAST('a' AS VARCHAR(3)) || CAST('b' AS VARCHAR(5))
'😀' || 'é' || '日'
x'01' || x'02'
! 'a' || 1
! 1 || 2
! 'a' || TRUE
! 'a' || x'01'
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
s || p
s || '-' || p
s || CAST('c' AS CHAR(2))
'' || s
reset
'a' || 'b' || 'c'
'a' || CAST(NULL AS STRING)
CAST('a' AS CHAR(3)) || '|'
'😀' || 'é'
X'01' || X'02'
! 1 || 'a'
! 'a' || DATE '2026-01-31'
