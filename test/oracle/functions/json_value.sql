JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[1]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[2]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[*]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.d')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.*')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[0]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[2]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[last]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[0]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[*].b')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.a')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.b[9]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.e')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.f')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.x')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'lax $.a.b')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', 'strict $.x')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a'']')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[''a.b'']')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c[''d'']')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$..d')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a[?(@.b > 1)]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.b[0,1]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$[1:3]')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.length()')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.a.size()')
JSON_VALUE('{"a": 1, "b": [true, null, "x"], "c": {"d": "deep"}, "e": 1.50}', '$.c.é')
! JSON_VALUE('{"a": 1}', 'a')
! JSON_VALUE('{"a": 1}', '')
! JSON_VALUE('{"a": 1}', '$.')
! JSON_VALUE('{"a": 1}', '$[')
! JSON_VALUE('{"a": 1}', 'nonsense $.a')
! JSON_VALUE('{"a": 1}', '$.a[')
JSON_VALUE('{"a": 1}', '$.x' NULL ON EMPTY)
JSON_VALUE('{"a": 1}', '$.x' DEFAULT 'd' ON EMPTY)
JSON_VALUE('{"a": 1}', 'strict $.x' DEFAULT 'd' ON ERROR)
JSON_VALUE('{"a": 1}', 'lax $.x' NULL ON EMPTY DEFAULT 'e' ON ERROR)
! JSON_VALUE('{"a": 1}', '$.x' ERROR ON EMPTY)
! JSON_VALUE('{"a": 1}', 'strict $.x' ERROR ON ERROR)
! JSON_VALUE('not json', '$.x' ERROR ON ERROR)
! JSON_VALUE('{"a": [1]}', '$.a' ERROR ON ERROR)
JSON_VALUE('{"a": [1]}', '$.a' DEFAULT 'e' ON ERROR)
JSON_VALUE('{"a": true}', '$.a' RETURNING BOOLEAN)
JSON_VALUE('{"a": 5}', '$.a' RETURNING INT)
JSON_VALUE('{"a": 5}', '$.a' RETURNING INTEGER DEFAULT 7 ON EMPTY DEFAULT 9 ON ERROR)
JSON_VALUE('{"a": 5}', '$.x' RETURNING INTEGER DEFAULT 7 ON EMPTY)
JSON_VALUE('{"a": 5.5}', '$.a' RETURNING DOUBLE)
JSON_VALUE('{"a": 5}', '$.a' RETURNING DOUBLE)
JSON_VALUE('{"a": 5}', '$.a' RETURNING STRING)
JSON_VALUE('{"a": "x"}', '$.a' RETURNING STRING DEFAULT 'q' ON ERROR)
! JSON_VALUE('{"a": "x"}', '$.a' RETURNING INT)
! JSON_VALUE('{"a": "5"}', '$.a' RETURNING INT)
! JSON_VALUE('{"a": 5.5}', '$.a' RETURNING INT)
! JSON_VALUE('{"a": "x"}', '$.a' RETURNING INT DEFAULT 3 ON ERROR)
! JSON_VALUE('{"a": 5}', '$.a' RETURNING BIGINT)
! JSON_VALUE('{"a": 5}', '$.a' RETURNING DECIMAL(5, 2))
JSON_VALUE(CAST(NULL AS STRING), '$.a')
! JSON_VALUE('{}', CAST(NULL AS STRING))
! JSON_VALUE(1, '$')
JSON_VALUE('not json', 'lax $.a' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('null', 'lax $' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('{"a": null}', 'lax $.a' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('{"a": [1]}', 'lax $.a' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('{"a": [1]}', 'lax $.a[0]' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('{"a": [1]}', 'lax $.a[7]' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('{"a": [1]}', 'lax $.a[-1]' DEFAULT 'empty' ON EMPTY DEFAULT 'err' ON ERROR)
JSON_VALUE('[1, 2]', 'LAX $[1]')
JSON_VALUE('{"a": 1}', '  lax   $.a')
JSON_VALUE('{"a": 1}', '$["a"]')
JSON_VALUE('{"a": 1e400}', '$.a' RETURNING DOUBLE)
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
JSON_VALUE(s, '$')
JSON_VALUE(s, '$.a')
JSON_VALUE(s, '$.b[2]')
JSON_VALUE(s, '$.c.d')
JSON_VALUE(s, '$.e')
JSON_VALUE(s, '$.f')
JSON_VALUE(s, '$[0]')
JSON_VALUE(s, '$[2]')
JSON_VALUE(s, 'strict $.a')
JSON_VALUE(s, '$.a' DEFAULT 'none' ON EMPTY DEFAULT 'bad' ON ERROR)
JSON_VALUE(s, '$.a' NULL ON EMPTY DEFAULT 'bad' ON ERROR)
JSON_VALUE(s, '$.a[*].b')
JSON_VALUE(s, '$[''a.b'']')
