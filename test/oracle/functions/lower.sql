LOWER('TIDE')
LOWER('')
LOWER(CAST(NULL AS STRING))
LOWER('İSTANBUL ẞ ΑΣ ΑΣΑ Σ')
LOWER('ÀÉ 𐐀 Ǆ ＡＢ')
LOWER(CAST('AB' AS CHAR(4)))
LOWER(CAST('AB' AS VARCHAR(4)))
! LOWER(1)
! LOWER()
! LOWER('a', 'b')
! LOWER(TRUE)
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
LOWER(s)
LOWER(UPPER(s))
LOWER(s || p)
reset
LOWER('ÄÖÜ')
LOWER('ΑΣ')
LOWER('İ')
LOWER('𐐀')
LOWER('Ǆ')
! LOWER(1)
