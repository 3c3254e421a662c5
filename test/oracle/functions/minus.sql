columns t TINYINT, s SMALLINT, n INT, b BIGINT, f FLOAT, x DOUBLE, d DECIMAL(10, 4), w DECIMAL(38, 10), p DECIMAL(5, 2)
row 1, 2, 3, 4, '1.5', '2.5', '3.25', '4.125', '1.10'
row 127, 32767, 2147483647, 9223372036854775807, '3.4E10', '1.7E300', '999999.9999', '9999999999999999999999999999.9999999999', '999.99'
row -128, -32768, -2147483648, -9223372036854775807, '-0.1', '-0.1', '-999999.9999', '-9999999999999999999999999999.9999999999', '-999.99'
row -1, -1, -1, -1, '-2.5', '123.25', '-0.0001', '0.0000000001', '-0.01'
row NULL, NULL, NULL, NULL, CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING), CAST(NULL AS STRING)
row 7, -3, 10, -10, '0.1', '1e-300', '0.3333', '1', '3'
t - t
t - s
t - n
t - b
t - f
t - x
t - d
t - w
t - p
s - t
s - s
s - n
s - b
s - f
s - x
s - d
s - w
s - p
n - t
n - s
n - n
n - b
n - f
n - x
n - d
n - w
n - p
b - t
b - s
b - n
b - b
b - f
b - x
b - d
b - w
b - p
f - t
f - s
f - n
f - b
f - f
f - x
f - d
f - w
f - p
x - t
x - s
x - n
x - b
x - f
x - x
x - d
x - w
x - p
d - t
d - s
d - n
d - b
d - f
d - x
d - d
d - w
d - p
w - t
w - s
w - n
w - b
w - f
w - x
w - d
w - w
w - p
p - t
p - s
p - n
p - b
p - f
p - x
p - d
p - w
p - p
reset
1 - 2
1.5 - 2
1.5 - 2.25
1e0 - 2
CAST(1 AS TINYINT) - CAST(2 AS SMALLINT)
! '1' - 2
! 1 - '2'
! 1 - TRUE
! DATE '2026-01-31' - 1
1 - CAST(NULL AS INT)
! 1 - NULL
! 'a' - 'b'
