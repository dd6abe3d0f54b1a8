"""Slugs and IRIs: what is one concept, and what stays apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolegraph.errors import IriError
from rolegraph.iris import Iris, check_iri, fold, slug


@pytest.mark.parametrize(
    ("a", "b"),
    [("Post-incident review", "Post incident  review"), ("SQL", "sql"), ("Ｐython", "Python")],
)
def test_spellings_that_fold_alike_are_one_concept(a: str, b: str) -> None:
    assert fold(a) == fold(b)
    assert slug(a) == slug(b)


@pytest.mark.parametrize(
    ("a", "b"), [("C", "C++"), ("C++", "C#"), ("CI/CD", "CI CD"), ("Résumé", "Resume"), ("データ", "分析")]
)
def test_labels_that_differ_otherwise_stay_apart(a: str, b: str) -> None:
    assert slug(a) != slug(b)


def test_slug_spells_symbols_and_cuts_long_labels() -> None:
    assert slug("C++") == "cplusplus"
    assert slug("R&D") == "r-and-d"
    long_slug = slug("a" * 100)
    assert long_slug.startswith("a" * 80 + "-")
    assert slug("a" * 101) != long_slug


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_slug_is_always_safe_in_an_iri(label: str) -> None:
    made = slug(label)
    assert made
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    check_iri(f"https://example.org/{made}")


@given(st.text(), st.text())
def test_slugs_are_equal_only_for_labels_that_fold_alike(a: str, b: str) -> None:
    assert (slug(a) == slug(b)) == (fold(a) == fold(b))


@pytest.mark.parametrize("bad", ["roles", "http://a b/", "http://a/<x>", "//x/", "http://a/\n"])
def test_what_is_no_absolute_iri_is_refused(bad: str) -> None:
    with pytest.raises(IriError):
        check_iri(bad)


def test_base_must_end_in_a_slash() -> None:
    with pytest.raises(IriError, match="does not end in '/'"):
        Iris("https://example.org/roles")
