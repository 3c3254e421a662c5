JSON_OBJECT('a' VALUE JSON('{"b": 1}'))
JSON_ARRAY(JSON('[1, 2]'), 3)
JSON_OBJECT('a' VALUE JSON('"x"'))
JSON_OBJECT('a' VALUE JSON('1.50'))
JSON_OBJECT('a' VALUE JSON(CAST(NULL AS STRING)))
! JSON_OBJECT('a' VALUE JSON('not json'))
! JSON_OBJECT('a' VALUE JSON(''))
! JSON('{}')
! JSON_OBJECT('a' VALUE JSON(1))
JSON_OBJECT('a' VALUE JSON('{"z": 1, "a": 2}'))
JSON_OBJECT('a' VALUE JSON('null'))
JSON_ARRAY(JSON('true'), JSON('[ ]'))
columns s STRING
row '{"a": 1}'
row '[1, {"b": 2.50}]'
row '"t"'
row NULL
row '12'
row ' [ 1 , 2 ] '
JSON_OBJECT('a' VALUE JSON(s))
JSON_ARRAY(JSON(s), s)
JSON_ARRAY(JSON(s) ABSENT ON NULL)
reset
JSON_OBJECT('a' VALUE JSON('[1, 2]'))
JSON_ARRAY(JSON('{"b": null}'))
JSON_OBJECT('a' VALUE JSON('"x"'), 'b' VALUE '"x"')
JSON_OBJECT('a' VALUE JSON(JSON_OBJECT('b' VALUE 1)))
JSON_ARRAY(JSON('1e5'), JSON(' true '))
