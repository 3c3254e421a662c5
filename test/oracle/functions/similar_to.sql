'tidemill' SIMILAR TO 'tide%'
'tidemill' SIMILAR TO '%(mill|wheel)'
'tidemill' SIMILAR TO '(tide|mill)+'
'abc' SIMILAR TO 'a_c'
'abc' SIMILAR TO '[a-c]+'
'abc' SIMILAR TO '[^a-c]+'
'abc' SIMILAR TO 'a{1}b{1,2}c{0,}'
'abc' SIMILAR TO 'abcd?'
'abc' SIMILAR TO 'ab*c*'
'abc' SIMILAR TO 'ABC'
'a.c' SIMILAR TO 'a.c'
'abc' SIMILAR TO 'a.c'
'123' SIMILAR TO '[[:DIGIT:]]+'
'12a' SIMILAR TO '[[:DIGIT:]]+'
'aB' SIMILAR TO '[[:ALPHA:]]*'
'a b' SIMILAR TO 'a[[:SPACE:]]b'
'a1' SIMILAR TO '[[:ALNUM:]]+'
'a%b' SIMILAR TO 'a\%b' ESCAPE '\'
'a%b' SIMILAR TO 'a!%b' ESCAPE '!'
'axb' SIMILAR TO 'a!%b' ESCAPE '!'
'' SIMILAR TO ''
'' SIMILAR TO '%'
'😀' SIMILAR TO '_'
'a|b' SIMILAR TO 'a|b'
'a' NOT SIMILAR TO 'b'
CAST(NULL AS STRING) SIMILAR TO 'a'
'a' SIMILAR TO CAST(NULL AS STRING)
'a^b$' SIMILAR TO 'a^b$'
'a\b' SIMILAR TO 'a\b'
! 'a' SIMILAR TO '['
! 'a' SIMILAR TO 'a{'
! 'a' SIMILAR TO 'a!b' ESCAPE '!'
! 'ab' SIMILAR TO 'ab' ESCAPE '!!'
! 1 SIMILAR TO '1'
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
s SIMILAR TO '%(mill|that)%'
s SIMILAR TO '[a-z]+'
s SIMILAR TO p
s NOT SIMILAR TO '_+'
s SIMILAR TO '(a|aa)+'
