POSITION('mill' IN 'tidemill')
POSITION('' IN 'abc')
POSITION('' IN '')
POSITION('a' IN '')
POSITION('A' IN 'abc')
POSITION('日' IN '😀é日')
POSITION(CAST(NULL AS STRING) IN 'a')
POSITION('a' IN CAST(NULL AS STRING))
POSITION('a' IN CAST('ba' AS CHAR(4)))
! POSITION('b' IN 'abcb' FROM 3)
! POSITION('a', 'b')
! POSITION(1 IN 'a')
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
POSITION(p IN s)
POSITION(s IN p)
POSITION('i' IN s)
POSITION('' IN s)
reset
POSITION('b' IN 'a😀b')
POSITION('' IN 'abc')
POSITION('c' IN CAST(NULL AS STRING))
POSITION(CAST(NULL AS STRING) IN 'abc')
