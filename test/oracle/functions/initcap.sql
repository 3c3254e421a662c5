INITCAP('tide mill')
INITCAP('')
INITCAP('TIDE MILL oF x1y 1ab a1b')
INITCAP('o''neil-smith_two.three')
INITCAP('élan vital ÉLAN')
INITCAP('straße ßa')
INITCAP('日本 abc')
INITCAP('𐐨𐐨 aB')
INITCAP(CAST(NULL AS STRING))
INITCAP(CAST('ab cd' AS CHAR(7)))
! INITCAP(1)
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
INITCAP(s)
INITCAP(p)
INITCAP(UPPER(s))
reset
INITCAP('hello wORLD')
INITCAP('a1b2 é_x-y')
INITCAP('ß straße')
INITCAP('日本 a😀b')
INITCAP('')
INITCAP('  two  spaces')
INITCAP('ǆ ǳ')
! INITCAP(1)
