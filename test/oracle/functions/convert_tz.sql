columns s STRING, a STRING, b STRING
row '1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles'
row '2026-03-29 02:30:00', 'Europe/Berlin', 'UTC'
row '2026-10-25 02:30:00', 'Europe/Berlin', 'UTC'
row '2026-07-01 12:00:00', 'Asia/Shanghai', 'Europe/London'
row '2026-07-01', 'UTC', 'GMT+8'
row 'bad', 'UTC', 'UTC'
row '2026-01-31 12:34:56', '+01:00', '-05:30'
row '2026-01-31 12:34:56', 'UTC', 'GMT+05:00'
row '2026-01-31 12:34:56', 'PST', 'EST'
row '1900-01-01 00:00:00', 'Europe/Berlin', 'UTC'
! CONVERT_TZ(s, a, b)
CONVERT_TZ(s, 'UTC', 'Asia/Tokyo')
reset
CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')
! CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'Mars/Base')
! CONVERT_TZ('1970-01-01 00:00:00', 'foo', 'UTC')
! CONVERT_TZ(1, 'UTC', 'UTC')
! CONVERT_TZ('a', 'UTC')
reset
CONVERT_TZ('2026-03-29 01:59:59', 'Europe/Berlin', 'UTC')
CONVERT_TZ('2026-03-29 03:00:00', 'Europe/Berlin', 'UTC')
CONVERT_TZ('2026-11-01 01:30:00', 'America/New_York', 'UTC')
CONVERT_TZ('2026-03-08 02:30:00', 'America/New_York', 'UTC')
CONVERT_TZ('9999-12-31 23:59:59', 'UTC', 'Asia/Tokyo')
CONVERT_TZ('0001-01-01 00:00:00', 'UTC', 'Asia/Tokyo')
CONVERT_TZ('2026-01-31', 'UTC', 'Asia/Tokyo')
CONVERT_TZ('2026-01-31 12:00:00.999', 'UTC', 'Asia/Tokyo')
CONVERT_TZ('', 'UTC', 'Asia/Tokyo')
CONVERT_TZ(CAST(NULL AS STRING), 'UTC', 'Asia/Tokyo')
CONVERT_TZ('2026-01-31 12:00:00', CAST(NULL AS STRING), 'Asia/Tokyo')
CONVERT_TZ('2026-01-31 12:00:00', 'UTC', 'Asia/Kathmandu')
CONVERT_TZ('2026-01-31 12:00:00', 'UTC', 'Z')
CONVERT_TZ('2026-01-31 12:00:00', 'Australia/Lord_Howe', 'Pacific/Apia')
CONVERT_TZ('2026-13-31 12:00:00', 'UTC', 'Asia/Tokyo')
