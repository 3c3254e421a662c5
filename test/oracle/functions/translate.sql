TRANSLATE('www.apache.org', 'wapcheorg', ' APCHEcom')
TRANSLATE('abcba', 'abc', '12')
TRANSLATE('abcba', 'abc', '')
TRANSLATE('abcba', '', '123')
TRANSLATE('abcba', 'aab', '123')
TRANSLATE('', 'a', 'b')
TRANSLATE('😀日😀', '😀', '日')
TRANSLATE(CAST(NULL AS STRING), 'a', 'b')
TRANSLATE('a', CAST(NULL AS STRING), 'b')
TRANSLATE('a', 'a', CAST(NULL AS STRING))
TRANSLATE('abcba', 'abc', '12345')
TRANSLATE3('abc', 'a', 'x')
! TRANSLATE('a', 'b')
! TRANSLATE(1, 'a', 'b')
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
TRANSLATE(s, p, 'xyz')
TRANSLATE(s, 'til', 'TIL')
TRANSLATE(s, 'abc', p)
TRANSLATE(s, p, '')
reset
TRANSLATE('a😀b', '😀', 'é')
TRANSLATE('abc', 'abc', '')
