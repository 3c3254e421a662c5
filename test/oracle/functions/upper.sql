UPPER('tide')
UPPER('')
UPPER(CAST(NULL AS STRING))
UPPER('straße ﬁ ŉ ΐ')
UPPER('ıİ ǆ ა ꭰ 𐐨 ς')
UPPER(CAST('ab' AS CHAR(4)))
UPPER(CAST('ab' AS VARCHAR(4)))
! UPPER(1)
! UPPER()
! UPPER('a', 'b')
! UPPER(x'41')
! UPPER(NULL)
columns s STRING, v VARCHAR(40), c CHAR(3)
row 'tidemill', 'Tide', 'abc'
row '', '', 'é'
row NULL, NULL, NULL
row 'a string that is longer than twelve bytes', 'ÀÉÎõü', 'ß'
row 'κόσμος ΚΌΣΜΟΣ', 'Ünï', '日本語'
row '😀 𐐨𐐩', 'ﬃ', 'a b'
row 'tide	mill', 'x', '   '
row '0123456789', '{|}~`@[\]', 'azA'
UPPER(s)
UPPER(v)
UPPER(c)
UPPER(s || v)
UPPER(LOWER(s))
CHAR_LENGTH(UPPER(s))
reset
UPPER('äöü')
UPPER('ß')
UPPER('𐐨')
