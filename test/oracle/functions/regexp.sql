REGEXP('tidemill', 'm.l')
REGEXP('tidemill', '^tide')
REGEXP('tidemill', 'mill$')
REGEXP('tidemill', '(?i)TIDE')
REGEXP('tidemill', '[a-f]+')
REGEXP('tidemill', '[^a-z]')
REGEXP('tidemill', '\d')
REGEXP('tidemill', '\w+')
REGEXP('tidemill', 't.*l')
REGEXP('tidemill', '')
REGEXP('tidemill', 'a|b')
REGEXP('tidemill', '(t)(i)(d)')
REGEXP('tidemill', '\p{Alpha}+')
REGEXP('tidemill', '\p{L}')
REGEXP('tidemill', '\Q.\E')
REGEXP('tidemill', 'x*+y')
REGEXP('tidemill', '(?<y>t)i')
REGEXP('tidemill', '\bt')
REGEXP('tidemill', '[[:alpha:]]')
REGEXP('tidemill', '(?x) t i ')
REGEXP('tidemill', 't{1,2}')
REGEXP('tidemill', '\x74')
REGEXP('tidemill', '\u0074')
REGEXP('tidemill', '[a-z&&[^t]]')
REGEXP('tidemill', '.')
REGEXP('tidemill', '(?s).')
REGEXP('tidemill', '😀')
REGEXP('tidemill', '[😀-😂]')
REGEXP('tidemill', '\s')
REGEXP('tidemill', '(?=t)')
REGEXP('tidemill', '(?<!x)t')
REGEXP('tidemill', '\t')
REGEXP('tidemill', '\h')
REGEXP('tidemill', '\R')
REGEXP('tidemill', '\p{IsAlphabetic}')
REGEXP('tidemill', '\p{Punct}')
REGEXP('tidemill', '\z')
REGEXP('tidemill', '\A')
REGEXP('tidemill', '(?>a+)b')
! REGEXP('tidemill', '(')
! REGEXP('tidemill', '[')
! REGEXP('tidemill', '*')
! REGEXP('tidemill', 'a{2,1}')
! REGEXP('tidemill', '\')
! REGEXP('tidemill', '\p{Foo}')
! REGEXP('tidemill', '(?<n')
! REGEXP('tidemill', 'x**')
! REGEXP('tidemill', '\y')
! REGEXP('tidemill', ')')
! REGEXP('tidemill', '(?z)a')
REGEXP(CAST(NULL AS STRING), 'a')
REGEXP('a', CAST(NULL AS STRING))
REGEXP('', '')
REGEXP('a.b', 'a\.b')
! REGEXP(1, 'a')
! REGEXP('a')
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
row '2026-11-22', '(\d{4})-(\d\d)', 2
row 'aaa', 'a++a', 0
row 'FooBar', '(?i)foobar', NULL
row 'x.y', '\Qx.y\E', 0
row 'ÀB', '\p{Lu}+', 0
REGEXP(s, 'a')
REGEXP(s, '^[a-z]+$')
REGEXP(s, '(?i)T')
REGEXP(s, '[^\x00-\x7F]')
REGEXP(s, p)
