"""How a loading is watched beside the windows of its doses."""

from __future__ import annotations

from domain.policies.base import Section, number


class LoadingPolicy(Section):
    complete_by_days: int = number(
        16,
        "section 2 (R2)",
        "days after the first dose by whose end the loading doses are to be given",
        least=14,
        most=28,
    )
