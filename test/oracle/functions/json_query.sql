JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[1]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[2]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[*]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.d')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.*')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[0]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[2]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[last]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[0]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[*].b')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.a')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.b[9]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.e')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.f')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.x')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a.b')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.x')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a'']')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a.b'']')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c[''d'']')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$..d')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[?(@.b > 1)]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[0,1]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[1:3]')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.length()')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a.size()')
JSON_QUERY('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.é')
JSON_QUERY('{"a": {"b": 1}}', '$')
JSON_QUERY('[1, 2]', '$')
JSON_QUERY('1', '$')
JSON_QUERY('{"a": 1}', '$.a' WITH WRAPPER)
JSON_QUERY('{"a": 1}', '$.a' WITH CONDITIONAL ARRAY WRAPPER)
JSON_QUERY('{"a": 1}', '$.a' WITH UNCONDITIONAL ARRAY WRAPPER)
JSON_QUERY('{"a": [1]}', '$.a' WITH CONDITIONAL ARRAY WRAPPER)
JSON_QUERY('{"a": [1]}', '$.a' WITH UNCONDITIONAL ARRAY WRAPPER)
JSON_QUERY('{"a": {"x": 1}}', '$.a' WITH CONDITIONAL ARRAY WRAPPER)
JSON_QUERY('{"a": [1]}', '$.a' WITHOUT ARRAY WRAPPER)
JSON_QUERY('{"a": 1}', '$.x' EMPTY ARRAY ON EMPTY)
JSON_QUERY('{"a": 1}', '$.x' EMPTY OBJECT ON EMPTY)
JSON_QUERY('{"a": 1}', '$.x' NULL ON EMPTY)
JSON_QUERY('{"a": 1}', '$.a' EMPTY ARRAY ON ERROR)
JSON_QUERY('{"a": 1}', '$.a' EMPTY OBJECT ON ERROR)
JSON_QUERY('{"a": 1}', 'strict $.x' EMPTY ARRAY ON ERROR)
! JSON_QUERY('{"a": 1}', '$.x' ERROR ON EMPTY)
! JSON_QUERY('{"a": 1}', '$.a' ERROR ON ERROR)
! JSON_QUERY('not json', '$' ERROR ON ERROR)
JSON_QUERY('{"a": ["x", "y"]}', '$.a' RETURNING ARRAY<STRING>)
JSON_QUERY('{"a": [1, null, "y"]}', '$.a' RETURNING ARRAY<STRING>)
JSON_QUERY('{"a": {"b": 1}}', '$.a' RETURNING ARRAY<STRING>)
JSON_QUERY('{"a": ["x"]}', '$.a' RETURNING STRING)
JSON_QUERY('{"a": [{"z": 1, "y": [2, 3]}]}', '$.a' RETURNING ARRAY<STRING>)
JSON_QUERY('{"a": 1}', '$.x' RETURNING ARRAY<STRING> EMPTY ARRAY ON EMPTY)
JSON_QUERY(CAST(NULL AS STRING), '$')
JSON_QUERY('{"b": 1, "a": 2}', '$')
JSON_QUERY('{"a": 1.10, "b": 1e2, "c": "é\u00e9"}', '$')
! JSON_QUERY('{"a": 1}', 'a')
! JSON_QUERY(1, '$')
JSON_QUERY('not json', 'lax $.a' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
JSON_QUERY('{"a": 1}', 'lax $.a' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
JSON_QUERY('{"a": 1}', 'lax $.x' EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
JSON_QUERY('{"a": null}', 'lax $.a' WITH WRAPPER EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
JSON_QUERY('{"a": {"b": 1}}', 'lax $.a' RETURNING ARRAY<STRING> EMPTY ARRAY ON EMPTY EMPTY ARRAY ON ERROR)
JSON_QUERY('{"a": 1}', '$.a' RETURNING ARRAY<STRING> WITH WRAPPER)
columns s STRING
row '{"a": 1, "b": [true, null, "x"], "c": {"d": "deep", "é": "ü"}, "e": 1.50, "f": 1e3}'
row '[1, 2.0, "three", {"four": 4}, [5]]'
row '"text"'
row '42'
row '1.0'
row 'true'
row 'null'
row '{}'
row '[]'
row ''
row '{"a": }'
row '{a: 1}'
row 'not json'
row NULL
row '{"a": null}'
row '{"a": "😀\u00e9\n"}'
row '{"a": [{"b": 1}, {"b": 2}]}'
row '{"a": 1, "a": 2}'
row ' {"a" : 1 } '
row '{"a": 12345678901234567890123}'
row '{"a": "1"} x'
row '{"a.b": 1, "a b": 2}'
JSON_QUERY(s, '$')
JSON_QUERY(s, '$.a')
JSON_QUERY(s, '$.b')
JSON_QUERY(s, '$.c' WITH WRAPPER)
JSON_QUERY(s, '$.a[*].b' WITH WRAPPER)
JSON_QUERY(s, '$.a[*].b')
JSON_QUERY(s, '$.a' WITH CONDITIONAL WRAPPER EMPTY ARRAY ON EMPTY EMPTY OBJECT ON ERROR)
JSON_QUERY(s, 'strict $.b' EMPTY OBJECT ON ERROR)
JSON_QUERY(s, '$.a' RETURNING ARRAY<STRING>)
