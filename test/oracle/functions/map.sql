MAP['a', 1]
MAP['a', 1, 'a', 2]
MAP['a', 2.5]
! MAP[NULL, 1]
! MAP['a', 1, 'b']
! MAP[]
MAP['a', ARRAY[1]]
MAP['a', MAP['b', 1]]
MAP['a', ROW(1, 'x')]
MAP['a', CAST(NULL AS INT)]
MAP['a', 1]['a']
MAP[1, 'x'][1]
MAP[1.5, 'a'][1.50]
MAP['a', 1][CAST(NULL AS STRING)]
MAP['a', TRUE]
MAP['a', DATE '2026-01-01']
MAP['a', 1] = MAP['a', 1]
MAP['a', 1] <> MAP['a', 2]
MAP['a', 1, 'b', 2] = MAP['b', 2, 'a', 1]
! MAP['a', 1] < MAP['a', 2]
columns m MAP<STRING, INT>, w MAP<STRING, INT>, k STRING
row MAP['a', 1], MAP['b', 2], 'a'
row MAP['k', 7], MAP['k', 8], 'x'
row NULL, MAP['b', 2], 'b'
row MAP['a', 1], NULL, NULL
MAP[k, 1]['a']
m['a']
MAP['z', k]
m = w
m = m
