TRIM(' a ')
TRIM(BOTH FROM ' a ')
TRIM(LEADING FROM ' a ')
TRIM(TRAILING FROM ' a ')
TRIM('x' FROM 'xxaxx')
TRIM(BOTH 'xy' FROM 'xyayx')
TRIM(LEADING 'xy' FROM 'xyayx')
TRIM(TRAILING 'xy' FROM 'xyayx')
TRIM(BOTH '' FROM ' a ')
TRIM(BOTH '😀' FROM '😀a😀')
TRIM(CAST(NULL AS STRING))
TRIM('a' FROM CAST(NULL AS STRING))
TRIM(CAST(NULL AS STRING) FROM 'a')
TRIM(U&'\0009 a\3000')
TRIM(CAST('ab' AS CHAR(5)))
! TRIM(1)
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
TRIM(s)
TRIM(LEADING FROM s)
TRIM(TRAILING FROM s)
TRIM(BOTH p FROM s)
TRIM(LEADING 'at' FROM s)
TRIM(TRAILING p FROM s)
