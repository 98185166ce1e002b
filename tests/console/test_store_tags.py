"""Tags of stores: given in the form, shown with the store, and a filter of the list that the address carries."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

import tasks
from db.engine import begin
from db.schema import audit_log, stores
from tests.console.conftest import look, press, words
from tests.console.test_store_forms import drawer, send
from tests.console.test_stores_page import listed


def tags_and_deeds():
    with begin() as conn:
        kept = conn.execute(stores.select()).one().tags
        lines = conn.execute(audit_log.select().where(audit_log.c.action == "change_store").order_by(audit_log.c.id)).all()
    return kept, [(line.outcome, (line.detail or {}).get("tags")) for line in lines]


def edit_tags(visit, *tags):
    at = press(drawer(visit), "store_edit")
    at.session_state["asked_dialog"] = ("edit_store", {"name": "zurich"})  # a refused form stays open, as it does in a browser
    at.multiselect(key="edit_tags_zurich").set_value(list(tags))
    return press(at, "edit_go")


def test_tags_are_given_and_taken_away_and_the_audit_log_says_from_what_to_what(visit, store):
    store()
    edit_tags(visit, " EU", "b2b", "eu")
    assert tags_and_deeds() == (["b2b", "eu"], [("done", {"from": [], "to": ["b2b", "eu"]})])
    at = drawer(visit)
    assert {"b2b", "eu"} <= {one.replace("\\", "") for one in badges(at)}
    assert {"b2b", "eu"} <= {one.replace("\\", "") for one in badges(visit("store", store="zurich"))}
    at = press(at, "store_edit")
    assert at.multiselect(key="edit_tags_zurich").value == ["b2b", "eu"]
    send(at, edit_title_zurich="Café")
    assert tags_and_deeds() == (["b2b", "eu"], [("done", {"from": [], "to": ["b2b", "eu"]}), ("done", None)])
    edit_tags(visit)
    assert tags_and_deeds()[0] == []
    assert tags_and_deeds()[1][-1] == ("done", {"from": ["b2b", "eu"], "to": []})


def badges(at):
    return [said for one in at.markdown for said in re.findall(r":gray-badge\[:material/sell: ([^\]]+)\]", one.value)]


@pytest.mark.parametrize(
    ("tags", "said"),
    [(("eu", "a/b"), "The tag 'a/b' may have letters, digits"), (("x" * 31,), "has 31 characters; a tag may have 30 at most"), ((" ",), "A tag is empty"),
     (tuple(f"t{n}" for n in range(11)), "These are 11 tags; a store may have 10 at most")],
)  # fmt: skip
def test_a_wrong_tag_is_refused_beside_its_field_and_nothing_is_changed(store, tags, said):
    store()
    with pytest.raises(tasks.BadRequest, match=re.escape(said)) as refused:
        tasks.change_store("zurich", by="ana", title="Another", tags=tags)
    assert refused.value.field == "tags"
    assert tags_and_deeds() == (None, [])


def test_the_form_says_what_is_wrong_with_a_tag(visit, store):
    store()
    at = edit_tags(visit, "eu", "a/b")
    assert len(at.error) == 1
    assert "may have letters, digits" in at.error[0].value.replace("\\", "")
    assert at.multiselect(key="edit_tags_zurich").value == ["eu", "a/b"], "what was typed is still there"
    assert tags_and_deeds() == (None, [])


def tagged(store_id, *tags):
    with begin() as conn:
        conn.execute(update(stores).where(stores.c.id == store_id).values(tags=list(tags)))


def test_stores_are_filtered_by_tags_that_the_address_carries(visit, store):
    at = visit("stores")
    assert not [one for one in at.multiselect if one.key == "stores_tag"], "no store has a tag"
    for name, tags in (("a", ["b2b", "eu"]), ("b", ["eu"]), ("c", [])):
        tagged(store(name, name.upper()), *tags)
    at = visit("stores", stores_tag="eu")
    assert listed(at) == ["A", "B"]
    assert list(at.dataframe[0].value["tags"].map(list)) == [["b2b", "eu"], ["eu"]]
    assert at.multiselect(key="stores_tag").options == ["b2b", "eu"]
    at.multiselect(key="stores_tag").set_value(["eu", "b2b"])
    assert listed(look(at)) == ["A"]
    assert at.query_params["stores_tag"] == "eu,b2b"
    at = visit("stores", stores_tag="b2b", stores_search="nobody")
    assert "No stores match" in words(at)
    at.button(key="empty_stores_action").click()
    assert listed(look(at)) == ["A", "B", "C"]
    assert "stores_tag" not in at.query_params


def test_tags_that_no_store_has_any_more_are_not_asked_for(visit, store):
    tagged(store("a", "A"), "eu")
    assert listed(visit("stores", stores_tag="moon")) == ["A"]


def test_an_outage_leaves_what_a_link_asks_for(visit, store, away):
    tagged(store("a", "A"), "eu")
    store("b", "B")
    at = visit("stores", stores_tag="eu")
    with away():
        look(at)
        assert len(at.error) == 1
        assert at.query_params["stores_tag"] == "eu"
    assert listed(look(at)) == ["A"]
