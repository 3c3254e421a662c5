REGEXP_COUNT('Hello, World! aaa', 'a')
REGEXP_COUNT('Hello, World! aaa', 'aa')
REGEXP_COUNT('Hello', 'x')
REGEXP_COUNT('Hello', '')
REGEXP_COUNT('', '')
REGEXP_COUNT('', 'a')
REGEXP_COUNT('a', '(')
REGEXP_COUNT('aaa', 'a*')
REGEXP_COUNT('😀😀', '😀')
REGEXP_COUNT(CAST(NULL AS STRING), 'a')
REGEXP_COUNT('a', CAST(NULL AS STRING))
! REGEXP_COUNT('a')
! REGEXP_COUNT(1, 'a')
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
REGEXP_COUNT(s, 'a')
REGEXP_COUNT(s, p)
REGEXP_COUNT(s, '\w+')
reset
REGEXP_COUNT('a😀b😀', '😀')
REGEXP_COUNT('foobar', '(?i)O')
REGEXP_COUNT('foobar', '(')
REGEXP_COUNT('', '')
REGEXP_COUNT('abc', CAST(NULL AS STRING))
REGEXP_COUNT('aXbXc', '[A-Z]')
