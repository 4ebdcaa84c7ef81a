"""Neurological involvement, and no referral to haematology is recorded.

Fires with the plan that says so, and becomes high a day after that plan was made.  Source: S4, section 8.8.
"""

from __future__ import annotations

from domain import referral
from domain.case import Case
from domain.facts import Finding
from domain.judgement import Judgement
from domain.moment import Moment
from domain.policy import Policy

RULE_ID, VERSION = "haematology-advice-missing", 2
STATEMENTS = "S4, section 8.8"
READS = referral.READS


def judge(case: Case, policy: Policy, now: Moment) -> Judgement:
    """Whether haematology was asked for urgent advice."""
    return referral.judge_referral(case, policy, now, Finding.REFERRED_TO_HAEMATOLOGY, "haematology")
