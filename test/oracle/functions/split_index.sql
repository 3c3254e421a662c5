SPLIT_INDEX('a/b/c', '/', 1)
SPLIT_INDEX('a/b/c', '/', 0)
SPLIT_INDEX('a/b/c', '/', 3)
SPLIT_INDEX('a/b/c', '/', -1)
SPLIT_INDEX('a//c', '/', 1)
SPLIT_INDEX('a--b--c', '--', 1)
SPLIT_INDEX('a---b', '--', 1)
SPLIT_INDEX('', '/', 0)
SPLIT_INDEX('abc', '', 0)
SPLIT_INDEX('abc', '', 1)
SPLIT_INDEX('/a/', '/', 0)
SPLIT_INDEX('/a/', '/', 2)
SPLIT_INDEX('a.b', '.', 1)
SPLIT_INDEX('😀日😀', '日', 1)
SPLIT_INDEX(CAST(NULL AS STRING), '/', 0)
SPLIT_INDEX('a', CAST(NULL AS STRING), 0)
SPLIT_INDEX('a', 'a', CAST(NULL AS INT))
SPLIT_INDEX('a/b', 47, 1)
! SPLIT_INDEX('a', 'b')
! SPLIT_INDEX('a', 'b', 'c')
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
SPLIT_INDEX(s, p, 1)
SPLIT_INDEX(s, ' ', n)
SPLIT_INDEX(s, 'i', 0)
SPLIT_INDEX(s, 'l', 2)
