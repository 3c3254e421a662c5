columns a BOOLEAN, n INT, m INT, s STRING, u STRING, d DATE, t TIMESTAMP(3), p DECIMAL(10, 2), x DOUBLE, f FLOAT
row TRUE, 1, 2, 'x', 'X', '2020-01-01', '2020-01-01 00:00:00', '1.0', '0.5', '0.5'
row FALSE, 5, 5, 'y', 'y', '2021-06-30', '2021-06-30 00:00:00.001', '5', '5', '5'
row TRUE, -1, 0, '', ' ', '1969-12-31', '1969-12-30 23:59:59.999', '-1.50', '7.5', '2.5'
row NULL, NULL, 3, NULL, 'a', CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING)
row FALSE, 3, NULL, 'é', NULL, '2020-01-01', '2019-12-31 23:59:59', '3.00', '-0.0', '0.0'
row TRUE, 2147483647, -2147483648, '😀', 'z', '9999-12-31', '9999-12-31 23:59:59', '99999999.99', '1e308', '3.4E38'
row FALSE, 0, 0, 'abcdefghijklmnop', 'abcdefghijklmnoq', '0001-01-01', '0001-01-01 00:00:00', '0', '16777217', '1.5'
row TRUE, 7, 8, 'abcdefghijkl', 'abcdefghijklm', '2024-02-29', '2024-02-29 00:00:00', '7.01', '-1e308', '1'
a IS NULL
n IS NULL
m IS NULL
s IS NULL
u IS NULL
d IS NULL
t IS NULL
p IS NULL
x IS NULL
f IS NULL
(n + m) IS NULL
(n = m) IS NULL
(s || u) IS NULL
ARRAY[n] IS NULL
ARRAY[n][1] IS NULL
MAP['a', n]['b'] IS NULL
ROW(n, s) IS NULL
(a AND n > 0) IS NULL
TRY_CAST(s AS INT) IS NULL
reset
NULL IS NULL
1 IS NULL
CAST(NULL AS ROW<a INT>) IS NULL
NULLIF(1, 1) IS NULL
