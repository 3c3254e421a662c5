INET_ATON('127.0.0.1')
INET_ATON('0.0.0.0')
INET_ATON('255.255.255.255')
INET_ATON('256.0.0.1')
INET_ATON('1.2.3')
INET_ATON('1.2')
INET_ATON('1')
INET_ATON('1.2.3.4.5')
INET_ATON('')
INET_ATON(' 1.2.3.4')
INET_ATON('1.2.3.4 ')
INET_ATON('01.02.03.04')
INET_ATON('1..2.3')
INET_ATON('-1.2.3.4')
INET_ATON('a.b.c.d')
INET_ATON('::1')
INET_ATON('1.2.3.')
INET_ATON('0x7f.0.0.1')
INET_ATON('127.1')
INET_ATON('1.256')
INET_ATON('1.2.65535')
INET_ATON('4294967295')
INET_ATON(CAST(NULL AS STRING))
! INET_ATON(1)
! INET_ATON()
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
INET_ATON(s)
INET_ATON(p)
