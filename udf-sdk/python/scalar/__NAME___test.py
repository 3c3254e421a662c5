# python3 -m unittest __NAME___test.py
import unittest

from __NAME__ import __NAME__


class Test(unittest.TestCase):
    def test_direct_prices_count_once(self):
        self.assertEqual(__NAME__(10, "direct"), 10)
        self.assertEqual(__NAME__(10, None), 20)
        with self.assertRaises(ValueError):
            __NAME__(-1, None)
