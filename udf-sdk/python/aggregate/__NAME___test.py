# python3 -m unittest __NAME___test.py
import unittest

from __NAME__ import __NAME___accumulate, __NAME___finish, __NAME___merge, __NAME___retract


class Test(unittest.TestCase):
    def test_values_count_by_their_weights(self):
        some = __NAME___accumulate(*__NAME___accumulate(0, 0, 1, 3), 5, 1)
        self.assertEqual(__NAME___finish(*some), 2)
        self.assertEqual(__NAME___finish(*__NAME___retract(*some, 5, 1)), 1)
        self.assertEqual(__NAME___finish(*__NAME___merge(*some, 2, 0)), 2.5)
        self.assertIsNone(__NAME___finish(0, 0))
