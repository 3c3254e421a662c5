OVERLAY('This is an old string' PLACING ' new' FROM 10 FOR 5)
OVERLAY('abcdef' PLACING 'XY' FROM 3)
OVERLAY('abcdef' PLACING 'XY' FROM 3 FOR 0)
OVERLAY('abcdef' PLACING 'XY' FROM 1 FOR 6)
OVERLAY('abcdef' PLACING 'XY' FROM 0 FOR 1)
OVERLAY('abcdef' PLACING 'XY' FROM -2 FOR 1)
OVERLAY('abcdef' PLACING 'XY' FROM 7 FOR 1)
OVERLAY('abcdef' PLACING 'XY' FROM 6 FOR 1)
OVERLAY('abcdef' PLACING 'XY' FROM 9)
OVERLAY('abcdef' PLACING 'XY' FROM 3 FOR -1)
OVERLAY('abcdef' PLACING 'XY' FROM 3 FOR 100)
OVERLAY('abcdef' PLACING '' FROM 3 FOR 2)
OVERLAY('' PLACING 'XY' FROM 1)
OVERLAY('😀é日' PLACING 'XY' FROM 2 FOR 1)
OVERLAY(CAST(NULL AS STRING) PLACING 'XY' FROM 2 FOR 1)
OVERLAY('a' PLACING CAST(NULL AS STRING) FROM 2 FOR 1)
OVERLAY('a' PLACING 'b' FROM CAST(NULL AS INT))
! OVERLAY('a' PLACING 1 FROM 2)
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
OVERLAY(s PLACING p FROM 2)
OVERLAY(s PLACING p FROM 3 FOR 2)
OVERLAY(s PLACING 'XY' FROM n)
OVERLAY(s PLACING 'XY' FROM 2 FOR n)
