"""Runs a command under a pseudo-terminal: `pseudo-terminal.py COLUMNS ROWS COMMAND ARGUMENT…`. Standard input is what is typed, standard
output what the command draws."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
child, screen = pty.fork()
if child == 0:
    os.execvp(command[0], command)
fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
keyboard = sys.stdin.fileno()
open_ends = [screen, keyboard]
while screen in open_ends:
    for end in select.select(open_ends, [], [])[0]:
        try:
            data = os.read(end, 65536)
        except OSError:
            data = b""
        if not data:
            open_ends.remove(end)
        elif end == screen:
            os.write(1, data)
        else:
            os.write(screen, data)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
