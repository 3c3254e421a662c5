IS_ALPHA('abc')
IS_ALPHA('123')
IS_ALPHA('1.5')
IS_ALPHA(CAST(NULL AS STRING))
IS_ALPHA('')
IS_ALPHA(CAST('1' AS CHAR(2)))
! IS_ALPHA()
! IS_ALPHA(1)
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
IS_ALPHA(s)
reset
IS_ALPHA('é')
IS_ALPHA('日本')
IS_ALPHA('١٢')
IS_ALPHA('1e3')
IS_ALPHA('0x1F')
IS_ALPHA('-5')
IS_ALPHA('1L')
IS_ALPHA(' 5')
IS_ALPHA('5 ')
IS_ALPHA('NaN')
IS_ALPHA('.')
IS_ALPHA('a1')
