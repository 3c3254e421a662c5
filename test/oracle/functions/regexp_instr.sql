REGEXP_INSTR('hello world! Hello everyone!', '\bhello\b')
REGEXP_INSTR('abc', 'c')
REGEXP_INSTR('abc', 'x')
REGEXP_INSTR('abc', '')
REGEXP_INSTR('', '')
REGEXP_INSTR('abc', '(')
REGEXP_INSTR('😀日a', 'a')
REGEXP_INSTR(CAST(NULL AS STRING), 'a')
REGEXP_INSTR('a', CAST(NULL AS STRING))
! REGEXP_INSTR('a')
! REGEXP_INSTR(1, 'a')
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
REGEXP_INSTR(s, 'a')
REGEXP_INSTR(s, p)
REGEXP_INSTR(s, '\w+$')
reset
REGEXP_INSTR('a😀b😀', '😀')
REGEXP_INSTR('foobar', '(?i)O')
REGEXP_INSTR('foobar', '(')
REGEXP_INSTR('', '')
REGEXP_INSTR('abc', CAST(NULL AS STRING))
REGEXP_INSTR('aXbXc', '[A-Z]')
