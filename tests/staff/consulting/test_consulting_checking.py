"""What is said of one consultation's file before it is opened."""

from datetime import date
from pathlib import Path

import pytest

from staff.consulting.checking import check_file, find_file

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("today", "over"), [(date(2027, 1, 17), False), (date(2027, 1, 18), True)])
def test_a_file_of_last_year_is_told_to_be_over(today, over):
    found = check_file(ROOT, find_file(ROOT, "precept_2027"), today)
    told = [fault for fault in found if fault.message.startswith("it closed on 17/01/2027")]
    assert [fault.is_warning for fault in told] == [True] * over
