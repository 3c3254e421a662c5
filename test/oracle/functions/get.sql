columns n INT, s STRING, x DOUBLE, d DATE
row 1, 'x', '1.5', '2026-01-31'
row 2, '', '-0.0', '1969-12-31'
row NULL, 'é', 'NaN', '9999-12-31'
row -5, NULL, CAST(NULL AS STRING), CAST(NULL AS STRING)
CAST(ROW(n, s) AS ROW<a INT, b STRING>).a
CAST(ROW(n, s) AS ROW<a INT, b STRING>).b
CAST(ROW(n, s) AS ROW<a INT NOT NULL, b STRING>).b
CAST(ROW(x, ROW(d, s)) AS ROW<p DOUBLE, q ROW<r DATE, t STRING>>).q
CAST(ROW(x, ROW(d, s)) AS ROW<p DOUBLE, q ROW<r DATE, t STRING>>).q.r
CAST(ROW(x, ROW(d, s)) AS ROW<p DOUBLE, q ROW<r DATE, t STRING>>).q.t
CAST(ROW(ARRAY[n, 7]) AS ROW<l ARRAY<INT>>).l
CAST(ROW(ARRAY[n, 7]) AS ROW<l ARRAY<INT>>).l[1]
CAST(ROW(MAP[s, n]) AS ROW<m MAP<STRING, INT>>).m
CAST(ROW(MAP['k', n]) AS ROW<m MAP<STRING, INT>>).m['k']
ARRAY[CAST(ROW(n, s) AS ROW<a INT, b STRING>)][1].a
MAP['k', CAST(ROW(n, s) AS ROW<a INT, b STRING>)]['k'].b
MAP['k', CAST(ROW(n, s) AS ROW<a INT, b STRING>)]['z'].b
CASE WHEN n > 1 THEN CAST(ROW(n, s) AS ROW<a INT, b STRING>) ELSE NULL END.a
CAST(NULL AS ROW<a INT, b STRING>).a
(CAST(ROW(n, s) AS ROW<a INT, b STRING>)).a + 1
! CAST(ROW(n, s) AS ROW<a INT, b STRING>).c
! n.a
! s.length
ROW(n, s).EXPR$0
! ROW(n, s).f0
CAST(ROW(n, n) AS ROW<`A` INT, a INT>).`A`
CAST(ROW(n, n) AS ROW<`A` INT, a INT>).a
CAST(ROW(n) AS ROW<`a b` INT>).`a b`
