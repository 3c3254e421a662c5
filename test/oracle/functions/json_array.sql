JSON_ARRAY()
JSON_ARRAY(1, '2')
JSON_ARRAY(CAST(NULL AS STRING))
JSON_ARRAY(CAST(NULL AS STRING) NULL ON NULL)
JSON_ARRAY(CAST(NULL AS STRING) ABSENT ON NULL)
JSON_ARRAY(1, 1.50, TRUE, CAST(1.5 AS DOUBLE), DATE '2020-01-02')
JSON_ARRAY(JSON_ARRAY(1))
JSON_ARRAY(JSON_OBJECT('a' VALUE 1))
JSON_ARRAY(ARRAY[1, 2])
JSON_ARRAY(JSON('[1]'))
JSON_ARRAY('quo"te')
JSON_ARRAY(x'0102', ROW(1, 2), MAP['a', 1])
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
JSON_ARRAY(s)
JSON_ARRAY(s, n, p)
JSON_ARRAY(s, p NULL ON NULL)
JSON_ARRAY(n, JSON_ARRAY(n))
reset
JSON_ARRAY()
JSON_ARRAY(NULL NULL ON NULL)
JSON_ARRAY(1.5, 1e300, DATE '2026-01-31', TRUE)
JSON_ARRAY('é😀"')
JSON_ARRAY(ARRAY[1, 2], MAP['a', 1], ROW(1, 'x'))
