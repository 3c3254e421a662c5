JSON_UNQUOTE('"V1"')
JSON_UNQUOTE('V1')
JSON_UNQUOTE('"quo\"te"')
JSON_UNQUOTE('"back\\slash"')
JSON_UNQUOTE('"\u00e9\uD83D\uDE00"')
JSON_UNQUOTE('"a\nb"')
JSON_UNQUOTE('{"a": "b"}')
JSON_UNQUOTE('"unclosed')
JSON_UNQUOTE('""')
JSON_UNQUOTE('')
JSON_UNQUOTE('"bad \q"')
JSON_UNQUOTE('"\u12"')
JSON_UNQUOTE('[1]')
JSON_UNQUOTE(CAST(NULL AS STRING))
! JSON_UNQUOTE(1)
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
JSON_UNQUOTE(s)
JSON_UNQUOTE(JSON_QUOTE(s))
reset
JSON_UNQUOTE('"\u00e9"')
JSON_UNQUOTE('"a')
JSON_UNQUOTE('null')
