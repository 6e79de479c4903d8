"""What is dear is made once also when the tests run in several processes."""

import pytest

from tests.architecture.sources import ROOT
from tests.distribution import APART, TOGETHER, OnceMade


@pytest.mark.parametrize("file", sorted({*TOGETHER, *APART}))
def test_each_file_that_is_named_is_there(file: str) -> None:
    assert (ROOT / file).is_file()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/test_wheel.py::test_a", "tests/flows/test_deploy.py::test_b[c::d]", True),
        ("tests/kernel/test_zoned.py::test_a[x::y]", "tests/kernel/test_zoned.py::test_b", True),
        ("tests/kernel/test_zoned.py::test_a", "tests/kernel/test_values.py::test_a", False),
        ("tests/rehearsal/test_many_seeds.py::test_a[S-1]", "tests/rehearsal/test_many_seeds.py::test_a[S-2]", False),
    ],
)
def test_tests_are_kept_together_by_file_and_by_what_files_share(one: str, other: str, together: bool) -> None:
    split = OnceMade._split_scope
    nobody = object.__new__(OnceMade)
    assert (split(nobody, one) == split(nobody, other)) is together
