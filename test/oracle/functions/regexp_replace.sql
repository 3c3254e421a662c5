REGEXP_REPLACE('foobar', 'oo|ar', '')
REGEXP_REPLACE('foobar', 'o', '0')
REGEXP_REPLACE('foobar', '(o)(o)', '$2-$1')
REGEXP_REPLACE('foobar', '(?<x>b)', '[${x}]')
REGEXP_REPLACE('foobar', 'o', '\$')
REGEXP_REPLACE('foobar', 'o', '\\')
REGEXP_REPLACE('foobar', '', '-')
REGEXP_REPLACE('', '', '-')
REGEXP_REPLACE('foobar', 'x', '-')
REGEXP_REPLACE('foobar', '(', '-')
REGEXP_REPLACE('foobar', 'o', '$1')
REGEXP_REPLACE('foobar', 'o', '$')
REGEXP_REPLACE('foobar', 'o', '$0$0')
REGEXP_REPLACE('foobar', '(o)', '$12')
REGEXP_REPLACE('foobar', 'o(x)?', '<$1>')
REGEXP_REPLACE('FooBar', '(?i)[fb]', '_')
REGEXP_REPLACE('a.b.c', '\.', '')
REGEXP_REPLACE('😀a😀', '😀', 'x')
REGEXP_REPLACE('😀a', '.', '-')
REGEXP_REPLACE(CAST(NULL AS STRING), 'a', 'b')
REGEXP_REPLACE('a', CAST(NULL AS STRING), 'b')
REGEXP_REPLACE('a', 'a', CAST(NULL AS STRING))
! REGEXP_REPLACE('a', 'b')
! REGEXP_REPLACE(1, 'a', 'b')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'm.l', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '^tide', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'mill$', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?i)TIDE', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[a-f]+', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[^a-z]', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\d', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\w+', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 't.*l', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'a|b', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(t)(i)(d)', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{Alpha}+', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{L}', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\Q.\E', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 'x*+y', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?<y>t)i', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\bt', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[[:alpha:]]', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?x) t i ', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', 't{1,2}', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\x74', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\u0074', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[a-z&&[^t]]', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '.', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?s).', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '😀', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '[😀-😂]', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\s', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?=t)', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?<!x)t', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\t', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\h', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\R', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{IsAlphabetic}', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\p{Punct}', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\z', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '\A', '<$0>')
REGEXP_REPLACE('The quick brown fox 42 jumps, over 7 lazy dogs: aab aaab! x.y tidemill', '(?>a+)b', '<$0>')
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
REGEXP_REPLACE(s, '[aeiou]', '')
REGEXP_REPLACE(s, p, '<>')
REGEXP_REPLACE(s, '(\w)(\w)', '$2$1')
