INSTR('tidemill', 'm')
INSTR('abc', '')
INSTR('', '')
INSTR('', 'a')
INSTR('😀é日', '日')
INSTR(CAST(NULL AS STRING), 'a')
INSTR('a', CAST(NULL AS STRING))
! INSTR('a')
! INSTR('a', 1)
INSTR('Corporate Floor', 'or')
INSTR('Corporate Floor', 'or', 3)
INSTR('Corporate Floor', 'or', 3, 2)
INSTR('Corporate Floor', 'or', -3, 2)
INSTR('Corporate Floor', 'or', 0)
columns s STRING, p STRING, n INT
row 'tidemill', 'mill', 5
row '', '', 0
row NULL, 'a', 1
row 'a string that is longer than twelve bytes', 'th', 2
row 'Tide', NULL, -1
row '😀 日本語 é𐐨', '語', 3
row '  padded  ', ' ', -3
row 'aaaa', 'aa', 100
row 'x', 'longer than x', 2147483647
row 'tab	and|pipe', '|', -2147483648
row 'abc', 'abc', NULL
INSTR(s, p)
INSTR(p, s)
INSTR(s, 'i')
INSTR(s, 'l')
reset
INSTR('aéb', 'b')
INSTR('a😀b', 'b')
INSTR('aaa', 'a')
