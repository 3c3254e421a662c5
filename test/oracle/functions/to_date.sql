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
TO_DATE(s)
TO_DATE(s, 'yyyy-MM-dd HH:mm:ss')
TO_DATE(s, 'yyyy-MM-dd')
TO_DATE(s, 'yyyyMMdd')
TO_DATE(s, 'dd/MM/yyyy')
TO_DATE(s, 'HH:mm:ss')
TO_DATE(s, 'yyyy')
TO_DATE(s, 'MMM d, yyyy')
TO_DATE(s, 'yy-M-d')
TO_DATE(s, 'yyyy-MM-dd HH:mm:ss.SSS')
TO_DATE(s, 'yyyy-M-d')
TO_DATE(s, 'yyyy-MM')
TO_DATE(s, 'uuuu-MM-dd')
TO_DATE(s, 'yyyy-MM-dd''T''HH:mm:ss')
TO_DATE(s, 'yyyy-MM-dd[ HH:mm:ss]')
TO_DATE(s, CAST(NULL AS STRING))
reset
! TO_DATE(1)
! TO_DATE(DATE '2026-01-31')
! TO_DATE('2026-01-31', 'foo')
! TO_DATE()
! TO_DATE('Saturday', 'EEEE')
! TO_DATE('31.01.2026', 'dd.MM.yyyy')
