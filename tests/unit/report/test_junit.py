"""What breaks when a pipeline cannot read the results, or reads them as better than they are."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from vedette.report.junit import JUnitCase, JUnitSuite, render_junit

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=30)


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_some_text_makes_the_document_unreadable(name: str, message: str, text: str) -> None:
    case = JUnitCase(name, "suite", failure=("fail", message, text))
    document = render_junit([JUnitSuite(name, (case,))])
    root = ElementTree.XML(document.encode("utf-8"))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    if message.isprintable():
        assert failure.get("message") == message


def test_the_counts_are_not_those_of_the_cases() -> None:
    problem = ("x", "m", "t")
    cases = (
        JUnitCase("a", "s"),
        JUnitCase("b", "s", failure=problem),
        JUnitCase("c", "s", error=problem),
        JUnitCase("d", "s", error=problem),
    )
    root = ElementTree.XML(
        render_junit([JUnitSuite("s", cases), JUnitSuite("empty", ())]).encode("utf-8")
    )
    counts = ("tests", "failures", "errors")
    assert [root.get(count) for count in counts] == ["4", "1", "2"]
    suites = root.findall("testsuite")
    assert [suites[0].get(count) for count in (*counts, "skipped")] == ["4", "1", "2", "0"]
    assert [suites[1].get(count) for count in (*counts, "skipped")] == ["0", "0", "0", "0"]


def test_the_document_is_another_each_time_or_says_when_it_was_made() -> None:
    suites = [JUnitSuite("s", (JUnitCase('a <b> & "c"', "s"),))]
    assert render_junit(suites) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="vedette" tests="1" failures="0" errors="0">\n'
        '  <testsuite name="s" tests="1" failures="0" errors="0" skipped="0">\n'
        '    <testcase name="a &lt;b&gt; &amp; &quot;c&quot;" classname="s" />\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )
