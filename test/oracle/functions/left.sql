LEFT('tidemill', 4)
LEFT('tidemill', 0)
LEFT('tidemill', -1)
LEFT('tidemill', 100)
LEFT('😀日a', 2)
LEFT(CAST('ab' AS CHAR(4)), 3)
LEFT(CAST(NULL AS STRING), 2)
LEFT('a', CAST(NULL AS INT))
! LEFT('a', 'b')
! LEFT('a')
! LEFT(1, 1)
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
LEFT(s, n)
LEFT(s, 3)
LEFT(p, n)
reset
LEFT('a😀b', 2)
LEFT('é', 5)
LEFT('abc', -1)
LEFT('abc', 0)
LEFT('abc', CAST(NULL AS INT))
! LEFT('abc', 'x')
LEFT('abc', 2147483647)
