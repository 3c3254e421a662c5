STR_TO_MAP('k1=v1')
STR_TO_MAP('k1:v1', ';', ':')
STR_TO_MAP('k1')
STR_TO_MAP('')
STR_TO_MAP('k1=v1=w')
STR_TO_MAP('k1=v1,k1=x')
STR_TO_MAP('x1', '\d', 'x')
STR_TO_MAP('a|b', ';', '|')
STR_TO_MAP(CAST(NULL AS STRING))
STR_TO_MAP('=1')
STR_TO_MAP('a=')
STR_TO_MAP('a=1', CAST(NULL AS STRING), '=')
STR_TO_MAP('a=1', ',', CAST(NULL AS STRING))
STR_TO_MAP(' a = 1 ')
STR_TO_MAP('é=😀')
STR_TO_MAP('a=1,', ',', '=')
CARDINALITY(STR_TO_MAP('a=1,,b=2'))
STR_TO_MAP('k1=v1,k2=v2')['k2']
! STR_TO_MAP('a', ',')
! STR_TO_MAP(1)
! STR_TO_MAP()
columns s STRING, d STRING
row 'a=1', ','
row 'b:2', ';'
row NULL, ','
row '', NULL
STR_TO_MAP(s)
STR_TO_MAP(s, d, '=')
STR_TO_MAP(s, d, ':')
STR_TO_MAP(s)['a']
