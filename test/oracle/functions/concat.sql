CONCAT('AA', 'BB', 'CC')
CONCAT('AA')
CONCAT('', '')
CONCAT('a', CAST(NULL AS STRING))
CONCAT('😀', 'é')
CONCAT(CAST('a' AS CHAR(3)), 'b')
CONCAT(CAST('a' AS VARCHAR(3)), CAST('b' AS VARCHAR(5)))
! CONCAT()
! CONCAT('a', 1)
! CONCAT('a', DATE '2020-01-01')
! CONCAT('a', TRUE)
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
CONCAT(s, p)
CONCAT(s, '-', p, s)
CONCAT(s)
reset
CONCAT('a', NULL)
CONCAT('a', 'é', '😀', '')
CONCAT(CAST('a' AS CHAR(3)), 'b')
CONCAT('only')
CONCAT(CAST(1 AS STRING), CAST(TRUE AS STRING))
! CONCAT(1, 'a')
! CONCAT(DATE '2026-01-31', 'a')
