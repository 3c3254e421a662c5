REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)
REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 1)
REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 0)
REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')
REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 3)
REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', -1)
REGEXP_EXTRACT('foothebar', 'xyz')
REGEXP_EXTRACT('foothebar', '(')
REGEXP_EXTRACT('foothebar', 'f(x)?oo', 1)
REGEXP_EXTRACT('', '')
REGEXP_EXTRACT('a', '')
REGEXP_EXTRACT(CAST(NULL AS STRING), 'a')
REGEXP_EXTRACT('a', CAST(NULL AS STRING))
REGEXP_EXTRACT('a', 'a', CAST(NULL AS INT))
REGEXP_EXTRACT('x.y', '\Q.y\E')
REGEXP_EXTRACT('aXbX', '(?i)x(.)', 1)
! REGEXP_EXTRACT('a')
! REGEXP_EXTRACT('a', 'b', 'c')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'm.l')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '^tide')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'mill$')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?i)TIDE')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[a-f]+')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[^a-z]')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\d')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\w+')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 't.*l')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'a|b')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(t)(i)(d)')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{Alpha}+')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{L}')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\Q.\E')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'x*+y')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?<y>t)i')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\bt')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[[:alpha:]]')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?x) t i ')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 't{1,2}')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\x74')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\u0074')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[a-z&&[^t]]')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '.')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?s).')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '😀')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[😀-😂]')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\s')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?=t)')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?<!x)t')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\t')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\h')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\R')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{IsAlphabetic}')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{Punct}')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\z')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\A')
REGEXP_EXTRACT('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?>a+)b')
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
REGEXP_EXTRACT(s, p)
REGEXP_EXTRACT(s, p, n)
REGEXP_EXTRACT(s, '[a-z]+')
REGEXP_EXTRACT(s, '(\w)(\w)', 2)
