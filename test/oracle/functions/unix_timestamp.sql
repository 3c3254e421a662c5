columns s STRING
set table.local-time-zone = Europe/Berlin
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
UNIX_TIMESTAMP(s)
UNIX_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss')
UNIX_TIMESTAMP(s, 'yyyy-MM-dd')
UNIX_TIMESTAMP(s, 'yyyyMMdd')
UNIX_TIMESTAMP(s, 'dd/MM/yyyy')
UNIX_TIMESTAMP(s, 'HH:mm:ss')
UNIX_TIMESTAMP(s, 'yyyy')
UNIX_TIMESTAMP(s, 'MMM d, yyyy')
UNIX_TIMESTAMP(s, 'yy-M-d')
UNIX_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss.SSS')
UNIX_TIMESTAMP(s, 'yyyy-M-d')
UNIX_TIMESTAMP(s, 'yyyy-MM')
UNIX_TIMESTAMP(s, 'uuuu-MM-dd')
UNIX_TIMESTAMP(s, 'yyyy-MM-dd''T''HH:mm:ss')
UNIX_TIMESTAMP(s, 'yyyy-MM-dd[ HH:mm:ss]')
reset
UNIX_TIMESTAMP('2026-01-31 00:00:00')
UNIX_TIMESTAMP() > 0
! UNIX_TIMESTAMP(1)
! UNIX_TIMESTAMP(TIMESTAMP '2026-01-31 00:00:00')
! UNIX_TIMESTAMP('2026', 'foo')
set table.local-time-zone = America/New_York
UNIX_TIMESTAMP('2026-03-08 02:30:00')
UNIX_TIMESTAMP('2026-11-01 01:30:00')
