REGEXP_SUBSTR('hello world! Hello everyone!', '\w+!')
REGEXP_SUBSTR('abc', 'c')
REGEXP_SUBSTR('abc', 'x')
REGEXP_SUBSTR('abc', '')
REGEXP_SUBSTR('', '')
REGEXP_SUBSTR('abc', '(')
REGEXP_SUBSTR('😀日a', '日.')
REGEXP_SUBSTR(CAST(NULL AS STRING), 'a')
REGEXP_SUBSTR('a', CAST(NULL AS STRING))
! REGEXP_SUBSTR('a')
! REGEXP_SUBSTR(1, 'a')
columns s STRING, p STRING, n INT
row 'tidemill', 'm.l', 1
row '', '', 0
row NULL, 'a', 1
row 'a string that is longer than twelve bytes', '(\w+)\s(\w+)', 2
row 'Tide', NULL, -1
row '😀 日本語 é𐐨', '語', 0
row '  padded  ', '^\s+|\s+$', 0
row 'aaaa', 'a*?', 100
row 'foothebar', 'foo(.*?)(bar)', 2
row 'tab	and|pipe', '\|', 0
row 'abc', '(', 0
row 'abc123', '[', 1
row '2026-11-22', '(\d{4})-(\d\d)', 2
row 'aaa', 'a++a', 0
row 'FooBar', '(?i)foobar', NULL
row 'x.y', '\Qx.y\E', 0
row 'ÀB', '\p{Lu}+', 0
REGEXP_SUBSTR(s, 'a.')
REGEXP_SUBSTR(s, p)
REGEXP_SUBSTR(s, '\w+$')
reset
REGEXP_SUBSTR('a😀b😀', '😀')
REGEXP_SUBSTR('foobar', '(?i)O')
REGEXP_SUBSTR('foobar', '(')
REGEXP_SUBSTR('', '')
REGEXP_SUBSTR('abc', CAST(NULL AS STRING))
REGEXP_SUBSTR('aXbXc', '[A-Z]')
