'{}' IS JSON
'{}' IS JSON VALUE
'1' IS JSON
'1' IS JSON SCALAR
'"a"' IS JSON SCALAR
'[]' IS JSON ARRAY
'{}' IS JSON ARRAY
'{}' IS JSON OBJECT
'[]' IS JSON OBJECT
'abc' IS JSON
'abc' IS NOT JSON
'' IS JSON
'{}' IS NOT JSON OBJECT
CAST(NULL AS STRING) IS JSON
CAST(NULL AS STRING) IS NOT JSON
! 1 IS JSON
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
s IS JSON
s IS JSON VALUE
s IS JSON SCALAR
s IS JSON ARRAY
s IS JSON OBJECT
s IS NOT JSON
s IS NOT JSON SCALAR
