# python3 -m unittest __NAME___test.py
import unittest
from types import SimpleNamespace
from unittest.mock import Mock

from __NAME__ import __NAME__, __NAME___timer


class Test(unittest.TestCase):
    def test_visits_end(self):
        visit = SimpleNamespace(total=0.0, items=0, last=None)
        context = Mock(time=1000, clear_state=lambda: vars(visit).update(total=0.0, items=0, last=None))
        self.assertEqual(list(__NAME__(context, visit, 10.0, 500)), [])
        self.assertEqual(list(__NAME__(context, visit, 5.0, 500)), [])
        context.set_timer.assert_called_with("over", 1500)
        context.time = 1501
        self.assertEqual(list(__NAME__(context, visit, 7.0, 500)), [(15.0, 2)])
        self.assertEqual(list(__NAME___timer(context, visit)), [(7.0, 1)])
        self.assertEqual(visit.items, 0)
