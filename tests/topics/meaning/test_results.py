"""Results: code, unit, size and reference range agree, or people look at it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.calendar import ClinicalTime
from domain.facts import Analyte, Comparator, LabResult, ResultStatus
from domain.quantity import Quantity
from topics.meaning.codes import LabTest
from topics.meaning.feeds import UNCONFIGURED, HaemoglobinMoles
from topics.meaning.results import PLAUSIBLE, Bound, SentResult, lab_result
from topics.meaning.units import Kind
from topics.problems import Refused

HB, HB_MOLES = LabTest(Analyte.HAEMOGLOBIN, Kind.MASS), LabTest(Analyte.HAEMOGLOBIN, Kind.MOLES)
B12_EITHER = LabTest(Analyte.VITAMIN_B12)


def sent(test: LabTest, amount: str | None, unit: str, **more: Any) -> SentResult:
    return SentResult(
        fact_id="Observation/lab/1",
        version=1,
        source="lab",
        time=ClinicalTime(datetime(2026, 1, 5, tzinfo=UTC)),
        test=test,
        status=ResultStatus.FINAL,
        amount=None if amount is None else Decimal(amount),
        unit=unit,
        **more,
    )


def read(test: LabTest, amount: str | None, unit: str, **more: Any) -> LabResult:
    return lab_result(sent(test, amount, unit, **more), UNCONFIGURED)


def refused(test: LabTest, amount: str, unit: str, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        read(test, amount, unit, **more)
    return f"{caught.value.where}: {caught.value.problem}"


def test_the_number_and_its_digits_stay_as_sent() -> None:
    assert read(HB, "11.40", "g/dl").quantity == Quantity(Decimal("11.40"), "g/dL")
    assert str(read(HB, "11.40", "g/dl").amount) == "114.00"


@pytest.mark.parametrize("unit", ["", "  ", "bushels", "mmol/L", "10*9/L", "G/L"])
def test_edge_15_a_unit_that_is_missing_unknown_or_of_another_kind_than_the_code_goes_to_review(unit: str) -> None:
    assert refused(HB, "118", unit).startswith("unit: ")


def test_edge_15_a_default_unit_counts_only_where_the_feed_names_one() -> None:
    feed = replace(UNCONFIGURED, units={Analyte.HAEMOGLOBIN: "g/L"})
    assert lab_result(sent(HB, "118", ""), feed).quantity == Quantity(Decimal(118), "g/L")
    with pytest.raises(Refused):
        lab_result(sent(B12_EITHER, "118", ""), feed)


def test_edge_15_where_the_code_leaves_it_open_the_unit_decides() -> None:
    assert read(B12_EITHER, "133", "pmol/L").amount == Decimal("180.215")
    assert read(B12_EITHER, "180", "ng/L").amount == 180


def test_edge_15_the_hl7_example_whose_range_is_that_of_moles_goes_to_review() -> None:
    """7.2 "g/dl" with a range of 7.5 to 10 (f005): a right conversion of a wrong unit."""
    assert "reference range" in refused(HB, "7.2", "g/dl", low=Bound(Decimal("7.5"), "g/dl"), high=Bound(Decimal(10)))
    assert read(HB, "7.2", "g/dl", low=Bound(Decimal("13.5")), high=Bound(Decimal("17.5"))).amount == 72


def test_moles_of_haemoglobin_need_somebody_to_say_per_monomer() -> None:
    assert "monomer" in refused(HB_MOLES, "7.2", "mmol/L")
    by_range = read(HB_MOLES, "7.2", "mmol/L", low=Bound(Decimal("7.5")))
    assert by_range.quantity == Quantity(Decimal("115.992"), "g/L")
    assert by_range.reference_low == Quantity(Decimal("120.825"), "g/L")
    assert "reference range" in refused(HB_MOLES, "2.2", "mmol/L", low=Bound(Decimal("1.9"))), "that is per tetramer"
    feed = replace(UNCONFIGURED, haemoglobin_mmol=HaemoglobinMoles.MONOMER)
    assert lab_result(sent(HB_MOLES, "7.2", "mmol/L"), feed).quantity == by_range.quantity


def test_homocysteine_as_a_mass_becomes_moles() -> None:
    mass = LabTest(Analyte.HOMOCYSTEINE, Kind.MASS)
    assert read(mass, "2.7", "mg/L").quantity == Quantity(Decimal(20), "umol/L")


def test_creatinine_in_millimoles_becomes_micromoles() -> None:
    moles = LabTest(Analyte.CREATININE, Kind.MOLES)
    assert read(moles, "0.09", "mmol/L").quantity == Quantity(Decimal(90), "umol/L")
    assert read(moles, "90", "umol/L").quantity == Quantity(Decimal(90), "umol/L")


def test_per_mille_become_per_cent() -> None:
    share = LabTest(Analyte.RETICULOCYTE_SHARE, Kind.SHARE)
    assert read(share, "12", "‰").quantity == Quantity(Decimal("1.2"), "%")


@pytest.mark.parametrize("analyte", list(Analyte))
def test_edge_18_the_least_and_the_most_are_possible_and_beyond_them_nothing_is(analyte: Analyte) -> None:
    test, unit, plausible = LabTest(analyte), analyte.measure.canonical_unit, PLAUSIBLE[analyte]
    assert read(test, str(plausible.least), unit).has_value and read(test, str(plausible.most), unit).has_value
    assert "over what is possible" in refused(test, str(plausible.most + Decimal("0.1")), unit)
    if plausible.least:
        assert "under what is possible" in refused(test, str(plausible.least - Decimal("0.01")), unit)


def test_edge_18_nothing_is_a_count_of_platelets_and_no_haemoglobin() -> None:
    assert read(LabTest(Analyte.PLATELETS), "0", "10*9/L").amount == 0
    assert "under" in refused(HB, "0", "g/L")


def test_edge_17_a_number_that_is_only_an_upper_limit_may_be_small() -> None:
    low = read(LabTest(Analyte.VITAMIN_B12), "10", "ng/L", comparator=Comparator.LESS)
    assert low.comparator is Comparator.LESS and low.amount == 10


def test_the_laboratorys_limit_is_kept_in_its_unit_and_left_out_in_another_kind() -> None:
    assert read(HB, "118", "g/L", low=Bound(Decimal(13), "g/dL")).reference_low == Quantity(Decimal(13), "g/dL")
    assert read(HB, "118", "g/L", low=Bound(Decimal("8.1"), "mmol/L")).reference_low is None
    assert read(HB, "118", "g/L", low=Bound(Decimal(130), "bushels")).reference_low is None


def test_no_value_keeps_its_reason_and_nothing_else() -> None:
    none = read(HB, None, "", absent_reason="not-performed", comparator=Comparator.LESS)
    assert (none.has_value, none.absent_reason, none.comparator) == (False, "not-performed", None)
    assert read(HB, "118", "g/L", absent_reason="error").absent_reason == ""


def test_a_count_ordered_for_clumps_is_told_as_clumped() -> None:
    assert read(LabTest(Analyte.PLATELETS, Kind.COUNT, seeks_clumps=True), "30", "10*9/L").clumped


@pytest.mark.parametrize("sent_before", ["120", "120.0", "120.00", "1.2E+2"])
def test_a_limit_keeps_its_digits_whatever_came_before_it(sent_before: str) -> None:
    """One fact has one form: what is remembered of one message must not show in another."""
    for digits in (sent_before, "120", "120.0"):
        low = read(HB, "118", "g/L", low=Bound(Decimal(digits))).reference_low
        assert low is not None and str(low.amount) == digits
