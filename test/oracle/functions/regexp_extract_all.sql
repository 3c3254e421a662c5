REGEXP_EXTRACT_ALL('Ab0a1b2', '[ab]\d', 0)
REGEXP_EXTRACT_ALL('Ab0a1b2', '([ab])(\d)', 2)
REGEXP_EXTRACT_ALL('Ab0a1b2', '([ab])(\d)')
REGEXP_EXTRACT_ALL('Ab0a1b2', '([ab])(\d)', 0)
REGEXP_EXTRACT_ALL('Ab0a1b2', '([ab])(\d)', 3)
REGEXP_EXTRACT_ALL('Ab0a1b2', '([ab])(\d)', -1)
REGEXP_EXTRACT_ALL('abc', 'b')
REGEXP_EXTRACT_ALL('abc', 'x')
REGEXP_EXTRACT_ALL('abc', '(')
REGEXP_EXTRACT_ALL('', '')
REGEXP_EXTRACT_ALL('abc', '')
REGEXP_EXTRACT_ALL('abc', '()')
REGEXP_EXTRACT_ALL('acd', 'a(b)?(.)', 1)
REGEXP_EXTRACT_ALL(CAST(NULL AS STRING), 'a')
REGEXP_EXTRACT_ALL('a', CAST(NULL AS STRING))
REGEXP_EXTRACT_ALL('a', '(a)', CAST(NULL AS INT))
! REGEXP_EXTRACT_ALL('a')
! REGEXP_EXTRACT_ALL(1, 'a')
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
REGEXP_EXTRACT_ALL(s, '([a-z])[a-z]*')
REGEXP_EXTRACT_ALL(s, p, 0)
REGEXP_EXTRACT_ALL(s, p, n)
