MAP_UNION(MAP['a', 1])
CARDINALITY(MAP_UNION(MAP['a', 1], MAP['b', 2]))
MAP_UNION(MAP['a', 1], MAP['b', 2])['b']
MAP_UNION(MAP['a', 1], MAP['a', 2])
MAP_UNION(MAP['a', 1], MAP['a', 2], MAP['a', 3])
MAP_UNION(MAP['a', 1], CAST(NULL AS MAP<STRING, INT>))
MAP_UNION(CAST(NULL AS MAP<STRING, INT>), MAP['a', 1])
MAP_UNION(CAST(NULL AS MAP<STRING, INT>))
MAP_UNION(MAP['a', 1], MAP['a', 2.5])
MAP_UNION(MAP['a', 'x'], MAP['a', 'yyy'])
MAP_UNION(MAP['a', CAST(NULL AS INT)], MAP['a', 1])
MAP_UNION(MAP['a', 1], MAP['a', CAST(NULL AS INT)])
MAP_UNION(MAP['a', ARRAY[1]], MAP['a', ARRAY[2]])
MAP_UNION(MAP['a', ROW(1, 2)])
! MAP_UNION()
! MAP_UNION(MAP['a', 1], ARRAY[1])
! MAP_UNION(MAP['a', 1], MAP[1, 1])
! MAP_UNION(1)
columns m MAP<STRING, INT>, w MAP<STRING, INT>, k STRING
row MAP['a', 1], MAP['b', 2], 'a'
row MAP['k', 7], MAP['k', 8], 'x'
row NULL, MAP['b', 2], 'b'
row MAP['a', 1], NULL, NULL
MAP_UNION(m)
MAP_UNION(m, MAP['a', 5])
MAP_UNION(w, w)['b']
MAP_UNION(m, w)['k']
CARDINALITY(MAP_UNION(m, w))
