REVERSE('abc')
REVERSE('')
REVERSE('é😀a')
REVERSE(CAST(NULL AS STRING))
REVERSE(CAST('ab' AS CHAR(4)))
! REVERSE(12)
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
REVERSE(s)
REVERSE(p)
REVERSE(s || p)
reset
REVERSE('abc')
REVERSE('a😀b')
REVERSE('é')
REVERSE(U&'e\0301x')
REVERSE('')
REVERSE(CAST('a' AS CHAR(3)))
REVERSE(REVERSE('abc'))
REVERSE(NULL)
! REVERSE(1)
! REVERSE('a', 'b')
! REVERSE(TRUE)
