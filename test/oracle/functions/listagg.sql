! LISTAGG('a')
columns k INT, s STRING, n INT
row 1, 'a', 1
row 1, 'b', 2
row 2, 'c', NULL
row 2, NULL, 4
row 1, '', 5
row 3, 'a', 1
row 3, 'quo"te', -3
aggregate
LISTAGG(s)
LISTAGG(s, '-')
LISTAGG(s, '')
LISTAGG(s, ', ')
LISTAGG(DISTINCT s)
LISTAGG(DISTINCT s, '|')
LISTAGG(s) FILTER (WHERE n > 1)
LISTAGG(s, '-') FILTER (WHERE n > 100)
LISTAGG(CAST(n AS STRING), '+')
LISTAGG(UPPER(s), '😀')
LISTAGG(s) || '!'
CHAR_LENGTH(LISTAGG(s))
LISTAGG(CAST(NULL AS STRING))
LISTAGG(CAST('ab' AS CHAR(4)))
! LISTAGG(n)
! LISTAGG()
! LISTAGG(s, 1)
! LISTAGG(s, s)
columns k INT, s STRING
row 1, 'é'
aggregate
LISTAGG(s, '😀')
