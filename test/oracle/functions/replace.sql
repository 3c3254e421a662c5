REPLACE('hello world', 'world', 'flink')
REPLACE('aaa', 'a', 'bb')
REPLACE('aaa', 'aa', 'b')
REPLACE('abc', '', 'x')
REPLACE('', '', 'x')
REPLACE('', 'a', 'x')
REPLACE('a$1b', '$1', '$0')
REPLACE('a.c', '.', '\')
REPLACE('😀é日', 'é', '😀')
REPLACE(CAST(NULL AS STRING), 'a', 'b')
REPLACE('a', CAST(NULL AS STRING), 'b')
REPLACE('a', 'a', CAST(NULL AS STRING))
REPLACE(CAST('ab' AS CHAR(3)), 'a', 'b')
! REPLACE('a', 'b')
! REPLACE(1, 'a', 'b')
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
REPLACE(s, p, '-')
REPLACE(s, 'i', p)
REPLACE(s, 'l', '')
REPLACE(s, p, s)
reset
REPLACE('a😀a', '😀', 'é')
