JSON_QUOTE('V1')
JSON_QUOTE('quo"te')
JSON_QUOTE('back\slash')
JSON_QUOTE('é😀')
JSON_QUOTE('/')
JSON_QUOTE('')
JSON_QUOTE(CAST(NULL AS STRING))
JSON_QUOTE(U&'\0000\0001\001f\007f\2028')
JSON_QUOTE(U&'\000a\000d\0008\000c\0009')
! JSON_QUOTE(1)
! JSON_QUOTE()
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
JSON_QUOTE(s)
JSON_QUOTE(p)
JSON_QUOTE(JSON_QUOTE(s))
reset
JSON_QUOTE('é😀')
JSON_QUOTE('a/b')
JSON_QUOTE(U&'\0001\007f\2028')
JSON_QUOTE('')
JSON_QUOTE(CAST(NULL AS STRING))
! JSON_QUOTE(1)
