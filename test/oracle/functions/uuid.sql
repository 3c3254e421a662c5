CHAR_LENGTH(UUID())
UUID() SIMILAR TO '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'
REGEXP_REPLACE(UUID(), '[0-9a-f]', '')
UUID() IS NULL
UUID() = 'a'
SUBSTRING(UUID(), 15, 1)
! UUID(1)
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
CHAR_LENGTH(UUID())
SUBSTRING(UUID(), 9, 1) || s
reset
CHARACTER_LENGTH(UUID())
UUID() IS NOT NULL
SUBSTRING(UUID() FROM 9 FOR 1)
LEFT(UUID(), 0)
UUID() <> UUID()
UPPER(UUID()) = UUID()
REGEXP(UUID(), '^[0-9a-f-]{36}$')
TYPEOF(UUID())
SUBSTRING(UUID(), 24, 1)
SPLIT_INDEX(UUID(), '-', 5)
! UUID('a', 'b')
CARDINALITY(SPLIT(UUID(), '-'))
