SPLIT('a,b,c', ',')
SPLIT('a,,b', ',')
SPLIT('abc', '')
SPLIT('', ',')
SPLIT('', '')
SPLIT('abc', 'x')
SPLIT('a.b', '.')
SPLIT(CAST(NULL AS STRING), ',')
SPLIT('a', CAST(NULL AS STRING))
SPLIT(',a,', ',')
SPLIT('axxb', 'xx')
SPLIT('a|b', '|')
SPLIT('é,😀', ',')
SPLIT('😀é', '')
SPLIT(' a b ', ' ')
SPLIT('aaa', 'aa')
! SPLIT(ARRAY[1], ',')
! SPLIT('a')
! SPLIT('a', 1)
! SPLIT(1, 'a')
columns s STRING, d STRING
row 'a,b', ','
row 'b;2', ';'
row NULL, ','
row '', NULL
SPLIT(s, d)
SPLIT(s, ',')
SPLIT(s, '')
SPLIT('a;b,c', d)
