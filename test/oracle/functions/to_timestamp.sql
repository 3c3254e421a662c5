columns s STRING
row '2026-01-31 12:34:56'
row '2026-01-31'
row '2026-01-31T12:34:56'
row '2026-01-31 12:34'
row '2026-02-30'
row '2026-02-30 00:00:00'
row 'bad'
row ''
row '2026-1-3'
row '20260131'
row '2026-01-31 12:34:56.789'
row '2026-01-31 12:34:56.789123'
row '2026-01-31 24:00:00'
row ' 2026-01-31'
row '2026-01-31 '
row '9999-12-31 23:59:59'
row '0001-01-01'
row '2026'
row '2026-01'
row '31/01/2026'
row '12:34:56'
row 'Jan 31, 2026'
row '26-1-3'
row '2026-13-01'
row '2026-00-00'
row '1970-01-01 00:00:00'
row '2026-03-29 02:30:00'
row '2026-10-25 02:30:00'
row '10000-01-01'
row '-0001-01-01'
TO_TIMESTAMP(s)
TO_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss')
TO_TIMESTAMP(s, 'yyyy-MM-dd')
TO_TIMESTAMP(s, 'yyyyMMdd')
TO_TIMESTAMP(s, 'dd/MM/yyyy')
TO_TIMESTAMP(s, 'HH:mm:ss')
TO_TIMESTAMP(s, 'yyyy')
TO_TIMESTAMP(s, 'MMM d, yyyy')
TO_TIMESTAMP(s, 'yy-M-d')
TO_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss.SSS')
TO_TIMESTAMP(s, 'yyyy-M-d')
TO_TIMESTAMP(s, 'yyyy-MM')
TO_TIMESTAMP(s, 'uuuu-MM-dd')
TO_TIMESTAMP(s, 'yyyy-MM-dd''T''HH:mm:ss')
TO_TIMESTAMP(s, 'yyyy-MM-dd[ HH:mm:ss]')
TO_TIMESTAMP(s, CAST(NULL AS STRING))
reset
! TO_TIMESTAMP(1)
! TO_TIMESTAMP(DATE '2026-01-31')
! TO_TIMESTAMP('2026-01-31', 'foo')
! TO_TIMESTAMP('2026-01-31 01:02:03 PM', 'yyyy-MM-dd hh:mm:ss a')
! TO_TIMESTAMP('2026-01-31 13:00', 'yyyy-MM-dd hh:mm')
! TO_TIMESTAMP()
! TO_TIMESTAMP('2026-01-31 12:34:56.123456789', 'yyyy-MM-dd HH:mm:ss.SSSSSSSSS')
! TO_TIMESTAMP('2026-031', 'yyyy-DDD')
! TO_TIMESTAMP('2026-01-31 +0100', 'yyyy-MM-dd Z')
! TO_TIMESTAMP('2026-01-31 12:34:56.1', 'yyyy-MM-dd HH:mm:ss.S')
