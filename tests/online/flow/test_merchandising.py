"""Rules of the house: what the file says, and what becomes of the lists."""

import os
from dataclasses import replace

import pytest
from release_world import rated_by

from online.flow.flows.with_rules import with_rules
from online.flow.merchandising import RulesFile
from online.flow.runner import rank
from sparrow.errors import ConfigurationError

pytestmark = pytest.mark.redis


def rule(action, movies, **more):
    lines = {"name": action, "action": action, "movies": movies, **more}
    said = "\n".join(f"{k} = {v!r}" for k, v in lines.items())
    return f"[[rule]]\n{said}\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "rules.toml"


@pytest.fixture
def ranked(file, serving, request_for):
    """The home list of user 2 under a text of rules."""

    def ranked(text):
        file.write_text(text)
        flow = with_rules(serving.flow("home", "signal:als"), RulesFile(file).of("home"))
        request = request_for(2)
        ranked = rank(flow, request)
        return request.catalogue.ids[ranked.candidates.item_index].tolist(), ranked

    return ranked


def test_pins_boosts_and_buries(ranked):
    plain, _ = ranked("")
    odd = [m for m in (3, 5, 7, 9, 11) if m not in rated_by(2)][:2]
    pinned, told = ranked(rule("pin", odd[::-1], place=3))
    assert pinned[2:4] == odd[::-1]
    assert told.rank_changes["rule-pin"][2] > 0
    boosted, _ = ranked(rule("boost", [plain[12]], places=4))
    assert boosted.index(plain[12]) == 8
    buried, _ = ranked(rule("demote", [plain[0]], places=6))
    assert buried.index(plain[0]) == 6


def test_a_pin_never_shows_what_the_user_is_done_with(ranked):
    rated = next(iter(rated_by(2)))
    movies, _ = ranked(rule("pin", [rated]))
    assert rated not in movies


def test_a_release_is_served_under_the_rules(file, serving):
    file.write_text(rule("pin", [1]))
    under = serving.with_rules(RulesFile(file))
    assert under.flow("home", "signal:als").rerankers[-1].name == "rule-pin"
    assert under.flow("discover", "signal:als").name == "discover"
    assert replace(under, rules=None).flow("home", "signal:als").rerankers[-1].name != "rule-pin"


def test_the_file_is_read_again_and_a_bad_change_is_not_taken(file):
    file.write_text(rule("pin", [1]))
    rules = RulesFile(file)
    for text, expected in [(rule("demote", [2]), "demote"), ("[[rule", "demote")]:
        file.write_text(text)
        os.utime(file, ns=(0, file.stat().st_mtime_ns + 1_000_000_000))
        assert [r.name for r in rules.of("home")] == [expected]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule", "TOML"),
        (rule("hide", [1]), "rule.0.action"),
        (rule("pin", []), "rule.0.movies"),
        (rule("pin", [1], place=0), "rule.0.place"),
        (rule("pin", [1], colour="red"), "rule.0.colour"),
        (rule("pin", [1]) * 2, "different names"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(file, text, said):
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        RulesFile(file)
