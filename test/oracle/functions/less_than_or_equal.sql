columns a BOOLEAN, n INT, m INT, s STRING, u STRING, d DATE, t TIMESTAMP(3), p DECIMAL(10, 2), x DOUBLE, f FLOAT
row TRUE, 1, 2, 'x', 'X', '2020-01-01', '2020-01-01 00:00:00', '1.0', '0.5', '0.5'
row FALSE, 5, 5, 'y', 'y', '2021-06-30', '2021-06-30 00:00:00.001', '5', '5', '5'
row TRUE, -1, 0, '', ' ', '1969-12-31', '1969-12-30 23:59:59.999', '-1.50', '7.5', '2.5'
row NULL, NULL, 3, NULL, 'a', CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING)
row FALSE, 3, NULL, 'é', NULL, '2020-01-01', '2019-12-31 23:59:59', '3.00', '-0.0', '0.0'
row TRUE, 2147483647, -2147483648, '😀', 'z', '9999-12-31', '9999-12-31 23:59:59', '99999999.99', '1e308', '3.4E38'
row FALSE, 0, 0, 'abcdefghijklmnop', 'abcdefghijklmnoq', '0001-01-01', '0001-01-01 00:00:00', '0', '16777217', '1.5'
row TRUE, 7, 8, 'abcdefghijkl', 'abcdefghijklm', '2024-02-29', '2024-02-29 00:00:00', '7.01', '-1e308', '1'
n <= m
s <= u
a <= TRUE
d <= DATE '2020-01-01'
d <= t
t <= d
p <= n
n <= p
x <= f
f <= x
x <= 0
f <= 0.1
x <= 0.1
n <= 1.5
p <= 1.5
t <= TIMESTAMP '2021-06-30 00:00:00.001'
s <= CAST('x' AS CHAR(3))
s <= CAST(NULL AS STRING)
n <= NULL
CAST(n AS BIGINT) <= m
! n <= s
! s <= n
d <= '2020-01-01'
! a <= 1
! n <= d
! a <= s
! ROW(n, s) <= ROW(m, u)
! ARRAY[n] <= ARRAY[m]
! MAP[s, n] <= MAP[s, n]
CAST(s AS BYTES) <= CAST(u AS BYTES)
reset
1 <= 1
'a' <= 'A'
TIME '10:00:00' <= TIME '10:00:00'
INTERVAL '1' DAY <= INTERVAL '24' HOUR
INTERVAL '1' YEAR <= INTERVAL '12' MONTH
! INTERVAL '1' DAY <= INTERVAL '1' MONTH
TRUE <= FALSE
1 <= 1.0
