'tidemill' LIKE 'tide%'
'tidemill' LIKE '%mill'
'tidemill' LIKE '%dem%'
'tidemill' LIKE 'tidemil_'
'tidemill' LIKE 'Tide%'
'' LIKE ''
'' LIKE '%'
'' LIKE '_'
'😀' LIKE '_'
'😀' LIKE '__'
'é' LIKE '_'
'a%b' LIKE 'a\%b' ESCAPE '\'
'a_b' LIKE 'a!_b' ESCAPE '!'
'axb' LIKE 'a!_b' ESCAPE '!'
'a!b' LIKE 'a!!b' ESCAPE '!'
'a%b' LIKE 'a\%b'
'a\b' LIKE 'a\b'
'tide' NOT LIKE 't%'
'tide' LIKE CAST(NULL AS STRING)
CAST(NULL AS STRING) LIKE 'a'
'a.c' LIKE 'a.c'
'abc' LIKE 'a.c'
'abc' LIKE '%%c'
'a' LIKE 'a' ESCAPE CAST(NULL AS STRING)
! 'ab' LIKE 'a!b' ESCAPE '!'
! 'ab' LIKE 'ab!' ESCAPE '!'
! 'ab' LIKE 'ab' ESCAPE '!!'
! 'ab' LIKE 'ab' ESCAPE ''
! 1 LIKE '1'
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
s LIKE '%a%'
s LIKE p
s LIKE '%' || p || '%'
s LIKE 't%l'
s LIKE '____'
s NOT LIKE '%i%'
s LIKE p ESCAPE '|'
