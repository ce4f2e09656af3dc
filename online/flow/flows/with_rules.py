"""A flow with merchandising rules, which are applied after all other rerankers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from online.flow.merchandising import Rule
from online.flow.rerankers.merchandising_rule import MerchandisingRule
from online.flow.sources.pinned import Pinned
from online.flow.stages import Flow


def with_rules(flow: Flow, rules: Sequence[Rule]) -> Flow:
    """The flow with these rules, in their order; each pin rule is also a source of its movies."""
    if not rules:
        return flow
    pinned = [Pinned(rule) for rule in rules if rule.action == "pin"]
    return replace(
        flow,
        sources=(*flow.sources, *pinned),
        rerankers=(*flow.rerankers, *(MerchandisingRule(rule) for rule in rules)),
    )
