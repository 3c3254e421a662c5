ROW(1, 'a')
(1, 'a')
ROW(1)
! ROW(1, NULL)
! ROW()
ROW(ARRAY[1], MAP['a', ROW(1, 2)])
ROW(1, CAST(NULL AS INT))
ROW(ROW(1))
ROW(TRUE, DATE '2026-01-01')
ROW(1, 'a').EXPR$0
CAST(ROW(1, 'a') AS ROW<x INT, y STRING>).y
CAST(ROW(1, 'a') AS ROW<x STRING, y STRING>)
ROW(1, 2) = ROW(1, 2)
ROW(1, 2) <> ROW(1, 3)
! ROW(1, 2) < ROW(1, 3)
ROW(1, 2) IN (ROW(1, 2), ROW(3, 4))
CAST(ROW(1, 'a') AS STRING)
ROW(1, 2) IS NULL
CAST(NULL AS ROW<a INT>)
CAST(NULL AS ROW<a INT>).a
columns a ARRAY<INT>, b ARRAY<INT>, s ARRAY<STRING>, n INT, x STRING
row ARRAY[1, 2, 2], ARRAY[2, 3], ARRAY['a', 'b'], 2, 'b'
row ARRAY[5], ARRAY[5], ARRAY['', 'é', '😀'], 5, ''
row NULL, ARRAY[1], NULL, 1, 'a'
row ARRAY[3, 1, 2], NULL, ARRAY['z'], NULL, NULL
ROW(n, x)
ROW(a, s)
ROW(n, x).EXPR$1
ROW(n, x) = ROW(n, x)
ROW(n, 1) IS NULL
