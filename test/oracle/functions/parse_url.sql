PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'HOST')
PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k1')
PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k3')
PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'host')
PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'NONSENSE')
PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'PATH', 'k1')
PARSE_URL('http://facebook.com/p', CAST(NULL AS STRING))
PARSE_URL(CAST(NULL AS STRING), 'HOST')
! PARSE_URL('a')
! PARSE_URL(1, 'HOST')
columns s STRING
row 'http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1'
row 'https://user:pw@example.com:8080/a/b?x=1'
row 'http://example.com'
row 'http://example.com?q=%20a+b'
row 'http://example.com/?a=1&b=2&a=3&ab=4'
row 'ftp://host/file;type=a'
row 'file:///etc/passwd'
row 'mailto:me@example.com'
row 'not a url'
row ''
row NULL
row 'http://日本.jp/パス?k=値#断片'
row 'HTTP://EXAMPLE.COM/Path'
row 'http://[::1]:80/x'
row 'jdbc:mysql://localhost/db'
row '/relative?x=1'
row 'http://a.b/c?=empty&k=#'
PARSE_URL(s, 'HOST')
PARSE_URL(s, 'PATH')
PARSE_URL(s, 'QUERY')
PARSE_URL(s, 'REF')
PARSE_URL(s, 'PROTOCOL')
PARSE_URL(s, 'FILE')
PARSE_URL(s, 'AUTHORITY')
PARSE_URL(s, 'USERINFO')
PARSE_URL(s, 'QUERY', 'k1')
PARSE_URL(s, 'QUERY', 'a')
PARSE_URL(s, 'QUERY', 'k')
