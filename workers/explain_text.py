"""An explanation for people: sections of text and tables, coloured on a terminal and plain in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.table import Table
from rich.text import Text

from domain.facts import Fact, Withdrawal
from domain.rules import RULE_VERSIONS
from domain.words import fact_text
from workers.explain import Explanation, RuleExplained
from workers.explain_answers import NO_EFFECT, Answer
from workers.explain_history import Published
from workers.explain_policy import KeyTrial
from workers.explain_trials import MOST_FACTS, FactTrial
from workers.rendering import CHANGE_STYLE, SEVERITY_STYLE, console, print_plainly


def print_explanation(told: Explanation) -> None:
    """Print all of it on standard output."""
    _print_head(told)
    if told.alert_id is None:
        _print_rules("What each rule answers", told, list(told.moment.answers))
    for explained in told.explained:
        _print_rule(told, explained)
    others = [rule for rule in told.moment.answers if all(e.rule != rule for e in told.explained)]
    if told.alert_id is not None:
        _print_rules("What the other rules answer", told, others)
    else:
        _print_one_change_away(told, others)
    untried = len(told.state.record.known) - MOST_FACTS
    if untried > 0:
        _say(f"the record is large: its {untried} oldest facts were not left out one by one")


def _say(*parts: str | tuple[str, str]) -> None:
    console().print(Text.assemble(*parts), soft_wrap=True)


def _heading(text: str) -> None:
    _say("")
    _say((text, "bold underline"))


def _print_head(told: Explanation) -> None:
    situation, state = told.moment.assessment.situation, told.state
    _say(("patient ", "dim"), (told.history.patient_id, "bold"), ("  as of ", "dim"), (utc(state.at), "bold"))
    since = f" since {situation.phase_since}" if situation.phase_since else ""
    _say(f"phase {situation.phase}{since}: {situation.phase_because}")
    window = situation.next_dose
    if window is not None:
        _say(f"next dose from {window.earliest}, due {window.due}, overdue after {window.overdue_after}")
    regimen = f"regimen {situation.regimen}; " if situation.regimen else ""
    _say(f"{regimen}policy version {state.policy.version}; facts known: {len(state.record.known)}")
    later = sum(published.change.published.changed_at > state.at for published in told.history.changes)
    if later:
        _say(f"the log goes on: {later} later changes of this patient's alerts are not looked at here")


def _print_rule(told: Explanation, explained: RuleExplained) -> None:
    answer = told.moment.answers[explained.rule]
    _heading(f"{explained.rule}, version {RULE_VERSIONS[explained.rule]}")
    _print_answer(answer, told.alert_id)
    _print_history(explained, told)
    _print_facts(told, explained.rule)
    _print_keys(told, explained.rule)
    _print_time(explained)


def _print_answer(answer: Answer, asked: str | None) -> None:
    alert = answer.alert
    _say((answer.words, SEVERITY_STYLE.get(answer.words.split(",")[0], "green")), f": {answer.because}")
    if asked is not None and (alert is None or alert.alert_id != asked):
        another = "" if alert is None else "; what stands is another alert of this rule"
        _say(f"alert {asked} does not stand at this moment{another}")
    if alert is None:
        return
    _say(f"alert {alert.alert_id}, episode {alert.episode}")
    _say(f"wanted: {alert.wanted_action}")
    if answer.missing:
        _say(f"missing: {answer.missing}")
    _say(f"source: {alert.source_statement}; {alert.kind}; phase {alert.phase}; regimen {alert.regimen or 'none'}")
    for text in _answered(answer):
        _say(text)


def _answered(answer: Answer) -> Iterator[str]:
    assert answer.alert is not None
    if answer.alert.standing:
        yield "it stood before the patient was enrolled: never paged"
    if answer.alert.acknowledged_by:
        yield f"acknowledged by {answer.alert.acknowledged_by}"
    if answer.alert.snoozed_until:
        yield f"snoozed until {utc(answer.alert.snoozed_until)}"


def _print_history(explained: RuleExplained, told: Explanation) -> None:
    if not explained.published:
        return
    table = _table("its changes, at", "", "severity", "came with", "reason")
    for published in explained.published:
        change = published.change.published
        is_later = change.changed_at > told.state.at
        style = "dim" if is_later else ""
        table.add_row(
            Text(f"{utc(change.changed_at)}{' (later)' if is_later else ''}", style),
            Text(change.change, CHANGE_STYLE[change.change]),
            Text(change.alert.severity.word, SEVERITY_STYLE[change.alert.severity.word]),
            Text(_came_with(published), style),
            Text(str(published.change.reason), style),
        )
    print_plainly(table)
    last = explained.published[-1].change.published
    if told.alert_id is not None and not last.is_open and last.changed_at <= told.state.at:
        before = explained.published[-2].change.published.changed_at
        _say(f"as it stood before it was {last.change}: --at {before:%Y-%m-%dT%H:%M:%SZ}")


def _came_with(published: Published) -> str:
    known = published.came_with
    return "time alone" if known is None else named(known.fact)


def _print_facts(told: Explanation, rule: str) -> None:
    """The evidence, and every fact without which, or with an earlier version of which, the answer would be another."""
    alert = told.moment.answers[rule].alert
    evidence = {e.fact_id for e in alert.evidence} if alert else set()
    shown = [trial for trial in told.facts if rule in trial.effects or trial.known.fact.fact_id in evidence]
    _say(("each fact left out, or put back to its earlier version, alone:", "bold"))
    for trial in sorted(shown, key=lambda trial: _place(trial, rule, evidence)):
        known = trial.instead or trial.known
        seen = trial.effects.get(rule, NO_EFFECT)
        what = (seen.what or "the same answer", "bold" if seen.matters else "")
        is_evidence = " (evidence)" if trial.known.fact.fact_id in evidence else ""
        _say(f"- {tried(trial)}{is_evidence}: ", what, f": {seen.because}" if seen.matters else "")
        _say((f"  {fact_text(known.fact)}; of {known.fact.time}, known since {utc(known.since)}", "dim"))
    if len(shown) < len(told.facts):
        _say(f"- {'all others' if shown else 'whichever it is'}: the same answer")


def _place(trial: FactTrial, rule: str, evidence: set[str]) -> tuple[int, bool, str]:
    fact_id = trial.known.fact.fact_id
    return -trial.effects.get(rule, NO_EFFECT).weight, fact_id not in evidence, fact_id


def tried(trial: FactTrial) -> str:
    """In words, what was tried."""
    if trial.instead is None:
        return f"without {named(trial.known.fact)}"
    withdrawn = ", which withdrew it" if isinstance(trial.known.fact, Withdrawal) else ""
    return f"with {named(trial.instead.fact)} in place of v{trial.known.fact.version}{withdrawn}"


def named(fact: Fact) -> str:
    return f"{fact.fact_id} v{fact.version}"


def _print_keys(told: Explanation, rule: str) -> None:
    keys = told.keys_for(rule)
    _say(("each number of the policy moved alone, as far as it may be:", "bold"))
    for trial in keys:
        if edges := "; ".join(_edges(trial, rule)):
            _say(f"- {trial.key.dotted} = {value_text(trial)}: ", (edges, "bold"))
            _say((f"  {trial.key.description} ({trial.key.source})", "dim"))
    in_words = [f"{trial.key.dotted} = {value_text(trial)}" for trial in keys if not any(_edges(trial, rule))]
    if in_words:
        _say(f"- the same answer with other words or dates: {', '.join(in_words)}")
    _say(f"- {'all others' if keys else 'whichever it is'}: the same answer")


def value_text(trial: KeyTrial) -> str:
    return f"{trial.value} {trial.key.unit.replace('10*9', '×10⁹')}".strip()


def _edges(trial: KeyTrial, rule: str) -> Iterator[str]:
    for edge in trial.edges.get(rule, ()):
        yield f"{edge.words}: {edge.effect.what}"
    if rule in trial.defaults:
        yield f"its default: {trial.defaults[rule].what}"


def _print_time(explained: RuleExplained) -> None:
    began = explained.began
    if began is not None:
        before = f"an instant before: {began.before.words}: {began.before.because}"
        _say(f"by these facts it stands since {utc(began.since)}; {before}")
    for coming in explained.goes_on:
        _say(f"if nobody says anything, from {utc(coming.at)} on: {coming.effect.what}: {coming.effect.because}")
    if not explained.goes_on:
        _say("if nobody says anything, it does not change by itself")


def _print_rules(heading: str, told: Explanation, rules: list[str]) -> None:
    _heading(heading)
    table = _table("rule", "v", "answer", "why")
    for rule in sorted(rules, key=lambda rule: (-_severity(told.moment.answers[rule]), rule)):
        answer = told.moment.answers[rule]
        style = SEVERITY_STYLE.get(answer.words.split(",")[0], "green")
        table.add_row(rule, str(RULE_VERSIONS[rule]), Text(answer.words, style), Text(_why(answer)))
    print_plainly(table)


def _severity(answer: Answer) -> int:
    return -1 if answer.alert is None else answer.alert.severity


def _why(answer: Answer) -> str:
    missing = f"; missing: {answer.missing}" if answer.missing else ""
    coming = f"; coming: {answer.coming}" if answer.coming else ""
    return f"{answer.because}{missing}{coming}"


def _print_one_change_away(told: Explanation, quiet: list[str]) -> None:
    """The rules that are quiet now, and would not be if one fact were unknown or one number another."""
    _heading("What a single change would raise")
    table = _table("rule", "with", "answer", "why")
    for rule in quiet:
        for fact, seen in told.facts_for(rule):
            if seen.matters:
                table.add_row(rule, tried(fact), seen.what, Text(seen.because))
        for key in told.keys_for(rule):
            for edge in key.edges.get(rule, ()):
                table.add_row(rule, f"{key.key.dotted} {edge.words}", edge.effect.what, Text(edge.effect.because))
    if table.row_count:
        print_plainly(table)
    else:
        _say("nothing: no single fact and no single number of the policy keeps a rule quiet")


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False, header_style="bold")


def utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"
