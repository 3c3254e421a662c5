IS_DIGIT('abc')
IS_DIGIT('123')
IS_DIGIT('1.5')
IS_DIGIT(CAST(NULL AS STRING))
IS_DIGIT('')
IS_DIGIT(CAST('1' AS CHAR(2)))
! IS_DIGIT()
! IS_DIGIT(1)
columns s STRING
row 'abc'
row 'ABC'
row ''
row NULL
row '123'
row '12.5'
row '-12.5'
row '+1'
row '.5'
row '5.'
row '1e5'
row '1E-5'
row 'abc1'
row 'é'
row '日本'
row '１２'
row ' '
row ' 1'
row '1 '
row '0x1F'
row '1L'
row '1.0f'
row 'NaN'
row 'a b'
row '--1'
row '1,000'
row '99999999999999999999999999999999999999999999'
IS_DIGIT(s)
reset
IS_DIGIT('é')
IS_DIGIT('日本')
IS_DIGIT('١٢')
IS_DIGIT('1e3')
IS_DIGIT('0x1F')
IS_DIGIT('-5')
IS_DIGIT('1L')
IS_DIGIT(' 5')
IS_DIGIT('5 ')
IS_DIGIT('NaN')
IS_DIGIT('.')
IS_DIGIT('a1')
