from __future__ import annotations

import pytest

from zoo.conformance.findings import Finding, judged, run, skipped
from zoo.errors import ZooError


def check_number_is_even(number: int) -> Finding:
    return judged(check_number_is_even, ok=number % 2 == 0, figure=number % 2, message=f"{number} found")


def check_number_is_small(number: int) -> Finding:
    if number < 0:
        return skipped(check_number_is_small, "negative")
    if number > 100:
        raise ZooError(f"{number} is too large", hint="take less")
    if number == 13:
        raise RuntimeError("unlucky\nnumber")
    return judged(check_number_is_small, ok=number < 10)


BOTH = (check_number_is_even, check_number_is_small)


def _statuses(number: int, expected: dict[str, str] | None = None) -> list[str]:
    return [finding.status for finding in run(BOTH, number, name="n", expected=expected)]


def test_every_check_is_run_and_named_with_its_subject():
    findings = run(BOTH, 5, name="five")
    assert [finding.check for finding in findings] == ["number_is_even", "number_is_small"]
    assert str(findings[0]) == "five: number_is_even: failed: 5 found"
    assert findings[0].figure == 1
    assert [finding.failed for finding in findings] == [True, False]


@pytest.mark.parametrize(
    ("number", "message"), [(102, "102 is too large"), (13, "raised RuntimeError: unlucky number")]
)
def test_a_check_that_raises_has_failed_and_the_rest_go_on(number, message):
    first, last = run(reversed(BOTH), number, name="n")
    assert (first.status, first.message) == ("failed", message)
    assert last.check == "number_is_even"


def test_an_expected_failure_is_told_with_its_reason():
    finding = run(BOTH, 3, name="n", expected={"number_is_even": "three is odd"})[0]
    assert finding.status == "expected-failure"
    assert not finding.failed
    assert finding.message == "3 found (expected: three is odd)"


def test_an_expected_failure_that_passes_is_a_failure():
    finding = run(BOTH, 4, name="n", expected={"number_is_even": "three is odd"})[0]
    assert finding.failed
    assert finding.message == ("passed, but is expected to fail (three is odd): take it out of expected_failures")


def test_a_check_that_does_not_apply_is_skipped_whatever_is_expected():
    assert _statuses(-2, {"number_is_small": "never"}) == ["passed", "skipped"]
