"""All rules, written by hand; a test compares this list with the folder."""

from typing import Protocol

from domain.case import Case
from domain.judgement import Judgement
from domain.moment import Moment
from domain.policy import Policy
from domain.rules import (
    b12_indeterminate_without_mma,
    b12_not_normal_at_two_months,
    bariatric_without_b12,
    baseline_missing,
    charting_contradicts,
    details_missing,
    diet_without_supplement,
    dose_doubled,
    dose_early,
    dose_implausible,
    doses_without_plan,
    folate_low,
    folic_acid_before_b12,
    haematology_advice_missing,
    haemoglobin_falling,
    haemoglobin_not_normal_at_two_months,
    ileal_resection_without_prophylaxis,
    injection_overdue,
    lifelong_treatment_stopped,
    loading_incomplete,
    loading_review,
    malabsorption_without_injections,
    neurological_involvement_unknown,
    neurology_advice_missing,
    neurology_not_better_at_one_month,
    neurology_worse,
    no_next_due_date,
    oral_check_missing,
    oral_reason_missing,
    oral_supply_gap,
    platelets_low_before_im,
    potassium_low,
    regimen_mismatch,
    response_gate_missing,
    results_conflict,
    reticulocyte_response_missing,
    symptoms_back_early,
    two_regimens,
)


class Rule(Protocol):
    """One clinical concern: a module with an id, a version, the statements of the clinical reference that it comes
    from, the views that it reads (`domain.views`), and a pure `judge`."""

    RULE_ID: str
    VERSION: int
    STATEMENTS: str
    READS: int

    def judge(self, case: Case, policy: Policy, now: Moment) -> Judgement:
        """What the rule says about the case at this moment."""


ALL_RULES: tuple[Rule, ...] = (
    injection_overdue,
    loading_incomplete,
    response_gate_missing,
    reticulocyte_response_missing,
    haemoglobin_falling,
    haemoglobin_not_normal_at_two_months,
    platelets_low_before_im,
    potassium_low,
    folic_acid_before_b12,
    folate_low,
    baseline_missing,
    b12_indeterminate_without_mma,
    b12_not_normal_at_two_months,
    diet_without_supplement,
    neurological_involvement_unknown,
    details_missing,
    neurology_advice_missing,
    haematology_advice_missing,
    loading_review,
    neurology_not_better_at_one_month,
    neurology_worse,
    regimen_mismatch,
    two_regimens,
    symptoms_back_early,
    malabsorption_without_injections,
    oral_reason_missing,
    lifelong_treatment_stopped,
    oral_check_missing,
    oral_supply_gap,
    no_next_due_date,
    ileal_resection_without_prophylaxis,
    bariatric_without_b12,
    doses_without_plan,
    dose_implausible,
    dose_doubled,
    dose_early,
    charting_contradicts,
    results_conflict,
)
RULES = {rule.RULE_ID: rule for rule in ALL_RULES}
RULE_VERSIONS = {rule.RULE_ID: rule.VERSION for rule in ALL_RULES}
