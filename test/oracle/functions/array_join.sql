ARRAY_JOIN(ARRAY['a', 'b'], ', ')
ARRAY_JOIN(ARRAY['a', NULL, 'b'], ',')
ARRAY_JOIN(ARRAY['a', NULL, 'b'], ',', '*')
ARRAY_JOIN(ARRAY['a'], CAST(NULL AS STRING))
ARRAY_JOIN(CAST(NULL AS ARRAY<STRING>), ',')
ARRAY_JOIN(ARRAY['a', NULL], ',', CAST(NULL AS STRING))
ARRAY_JOIN(ARRAY['a', 'b'], '')
ARRAY_JOIN(ARRAY[''], ',')
ARRAY_JOIN(ARRAY['', ''], ',')
ARRAY_JOIN(ARRAY[CAST(NULL AS STRING)], ',')
ARRAY_JOIN(ARRAY[CAST(NULL AS STRING)], ',', '')
ARRAY_JOIN(ARRAY['é', '😀'], '–')
ARRAY_JOIN(ARRAY['a', 'bcd'], ',')
! ARRAY_JOIN(ARRAY[1, 2], ',')
! ARRAY_JOIN(ARRAY['a'])
! ARRAY_JOIN('a', ',')
! ARRAY_JOIN(ARRAY['a'], 1)
columns a ARRAY<INT>, b ARRAY<INT>, s ARRAY<STRING>, n INT, x STRING
row ARRAY[1, 2, 2], ARRAY[2, 3], ARRAY['a', 'b'], 2, 'b'
row ARRAY[5], ARRAY[5], ARRAY['', 'é', '😀'], 5, ''
row NULL, ARRAY[1], NULL, 1, 'a'
row ARRAY[3, 1, 2], NULL, ARRAY['z'], NULL, NULL
ARRAY_JOIN(s, ',')
ARRAY_JOIN(s, x)
ARRAY_JOIN(ARRAY[x, 'q', x], '+')
ARRAY_JOIN(ARRAY[x, 'q'], '+', 'none')
ARRAY_JOIN(s, '/', x)
