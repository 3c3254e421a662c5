IS_DECIMAL('abc')
IS_DECIMAL('123')
IS_DECIMAL('1.5')
IS_DECIMAL(CAST(NULL AS STRING))
IS_DECIMAL('')
IS_DECIMAL(CAST('1' AS CHAR(2)))
! IS_DECIMAL()
! IS_DECIMAL(1)
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
IS_DECIMAL(s)
reset
IS_DECIMAL('é')
IS_DECIMAL('日本')
IS_DECIMAL('١٢')
IS_DECIMAL('1e3')
IS_DECIMAL('0x1F')
IS_DECIMAL('-5')
IS_DECIMAL('1L')
IS_DECIMAL(' 5')
IS_DECIMAL('5 ')
IS_DECIMAL('NaN')
IS_DECIMAL('.')
IS_DECIMAL('a1')
