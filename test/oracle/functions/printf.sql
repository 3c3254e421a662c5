PRINTF('%d snacks', 5)
PRINTF('%s', 'a')
PRINTF('%5s|%-5s|', 'ab', 'cd')
PRINTF('%05d', 42)
PRINTF('%x', 255)
PRINTF('%.2f', CAST(3.14159 AS DOUBLE))
PRINTF('%.2f', 3.14159)
PRINTF('%s %s', 'a', CAST(NULL AS STRING))
PRINTF('%d', CAST(NULL AS INT))
PRINTF(CAST(NULL AS STRING), 1)
PRINTF('100%%')
PRINTF('no arguments')
PRINTF('')
PRINTF('%d', 'a')
PRINTF('%s')
PRINTF('%q', 1)
PRINTF('%b', TRUE)
PRINTF('%c', 'a')
PRINTF('%,d', 1234567)
PRINTF('%+d', 5)
PRINTF('%e', CAST(12345.678 AS DOUBLE))
PRINTF('%2$s %1$s', 'a', 'b')
PRINTF('%s', 1)
PRINTF('%s', CAST(1.5 AS DOUBLE))
PRINTF('%s', DATE '2020-01-02')
PRINTF('%S', 'abc')
PRINTF('%o', 8)
PRINTF('%X', 255)
PRINTF('%s', TRUE)
PRINTF('%10.3f|', CAST(2.5 AS DOUBLE))
PRINTF('%(d', -5)
PRINTF('%n')
PRINTF('%h', 'a')
PRINTF('%g', CAST(0.00012345 AS DOUBLE))
! PRINTF()
! PRINTF(1)
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
PRINTF('%s-%s', s, p)
PRINTF('%d', n)
PRINTF('%4d|%s', n, s)
PRINTF(s, n)
