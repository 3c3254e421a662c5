# python3 -m unittest __NAME___test.py
import unittest

from __NAME__ import __NAME__


class Test(unittest.TestCase):
    def test_a_line_has_words(self):
        self.assertEqual(list(__NAME__(" a  tide ")), [("a", 1), ("tide", 4)])
        self.assertEqual(list(__NAME__("")), [])
