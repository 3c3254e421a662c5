columns n INT, s STRING, x DOUBLE
row 1, 'x', '1.5'
row 2, '', '-0.5'
row NULL, 'é', 'NaN'
row -5, NULL, CAST(NULL AS STRING)
row 0, 'a text longer than twelve', '1e300'
row 2147483647, '😀', '2'
ARRAY[n, 7][1]
ARRAY[n, 7][2]
ARRAY[n, 7][3]
ARRAY[10, 20, 30][n]
ARRAY[s, 'k'][1]
ARRAY[x][1]
ARRAY[ARRAY[n], ARRAY[1, 2]][2]
ARRAY[ARRAY[n], ARRAY[1, 2]][2][1]
MAP['a', n]['a']
MAP['a', n]['b']
MAP[s, n][s]
MAP[s, n]['x']
MAP[n, s][1]
MAP[n, s][n]
MAP['a', ARRAY[n]]['a'][1]
MAP[x, n][1.5e0]
MAP['a', CAST(NULL AS INT)]['a']
CAST(NULL AS ARRAY<INT>)[1]
CAST(NULL AS MAP<STRING, INT>)['a']
ARRAY[1, 2][CAST(NULL AS INT)]
! ARRAY[1, 2][0]
! ARRAY[1, 2][-1]
! ARRAY[1, 2]['a']
! n[1]
! s[1]
MAP[CAST(1 AS BIGINT), 'a'][1]
MAP[1.5, 'a'][1.5]
ARRAY[1, 2][CAST(1 AS BIGINT)]
ARRAY[1, 2][CAST(1 AS TINYINT)]
MAP[DATE '2026-01-31', 1][DATE '2026-01-31']
