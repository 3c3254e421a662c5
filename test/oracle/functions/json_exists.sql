JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[1]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[2]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[*]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.d')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.*')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[0]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[2]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[last]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[0]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[*].b')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.a')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.b[9]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.e')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.f')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.x')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a.b')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.x')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a'']')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a.b'']')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c[''d'']')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$..d')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[?(@.b > 1)]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[0,1]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[1:3]')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.length()')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a.size()')
JSON_EXISTS('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.é')
JSON_EXISTS('{"a": true}', 'strict $.b' TRUE ON ERROR)
JSON_EXISTS('{"a": true}', 'strict $.b' FALSE ON ERROR)
JSON_EXISTS('{"a": true}', 'strict $.b' UNKNOWN ON ERROR)
! JSON_EXISTS('{"a": true}', 'strict $.b' ERROR ON ERROR)
JSON_EXISTS(CAST(NULL AS STRING), '$')
JSON_EXISTS('not json', '$')
JSON_EXISTS('not json', '$' TRUE ON ERROR)
! JSON_EXISTS('{}', 'a')
! JSON_EXISTS(1, '$')
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
JSON_EXISTS(s, '$')
JSON_EXISTS(s, '$.a')
JSON_EXISTS(s, 'strict $.a')
JSON_EXISTS(s, 'strict $.a' TRUE ON ERROR)
JSON_EXISTS(s, 'lax $.a' UNKNOWN ON ERROR)
JSON_EXISTS(s, '$[1]')
JSON_EXISTS(s, '$.b[1]')
