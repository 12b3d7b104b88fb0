"""Files and queries that break, hang or kill a lint; findings that point outside of their file."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.kql.binder import Binder
from vedette.kql.incremental.ledger import Ledger
from vedette.kql.incremental.tree import lint_tree
from vedette.kql.lint import Linter
from vedette.model.load import load_detection
from vedette.model.yaml import parse
from vedette.project import Project
from vedette.schema.catalogue import catalogue_for
from vedette.schema.validate import validate

ROOT = Path(__file__).parents[4]
HEAD = "id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01\nname: x\n"
LONG = " or ".join(f"Subject has 'word{n}'" for n in range(2000))


def query(text: str) -> bytes:
    lines = "\n".join(f"  {line}" for line in text.splitlines())
    return f"{HEAD}query: |\n{lines}\n".encode()


#: What the file holds, and the id of a finding that it gives at the least; None for no error.
FILES: dict[str, tuple[bytes, str | None]] = {
    "nothing": (b"", None),
    "nothing but NUL": (b"\0" * 1000, "bad-character"),
    "ten megabytes of text": (query("x" * 10_000_000), "file-too-large"),
    "text that is no UTF-8": (HEAD.encode() + b"query: \xff\xfe\xfa", "bad-encoding"),
    "UTF-16": ((HEAD + "query: print 1\n").encode("utf-16"), None),
    "a byte order mark and CRLF": (
        b"\xef\xbb\xbf" + query("EmailEvents\n| take Nr").replace(b"\n", b"\r\n"),
        "KS142",
    ),
    "tabs before keys": (f"{HEAD}\tquery: print 1\n".encode(), "bad-yaml"),
    "a YAML bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n".encode()
            for n in range(9)
        ),
        "too-many-aliases",
    ),
    "lists in lists in lists": (b"a: " + b"[" * 1000 + b"]" * 1000, "too-deep"),
    "parentheses in parentheses": (query(f"print {'(' * 1000}1{')' * 1000}"), None),
    "open parentheses": (query(f"print {'(' * 1000}"), None),
    "a pipe after a pipe": (query("EmailEvents" + "\n| where 1 == 1" * 1000), None),
    "two thousand conditions": (query(f"EmailEvents | where {LONG}"), None),
    "a quoted query": (f'{HEAD}query: "EmailEvents\\n| take \\u004er"\n'.encode(), "KS142"),
    "a folded query": (f"{HEAD}query: >\n  EmailEvents\n  | take Nr\n".encode(), "KS142"),
    "a query on one line": (f"{HEAD}query: EmailEvents | take Nr\n".encode(), "KS142"),
    "a lone surrogate": (f"{HEAD}query: \"print '\\ud800'\"\n".encode(), None),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("answers")


@pytest.mark.parametrize(("content", "identity"), FILES.values(), ids=FILES)
def test_every_file_ends_in_findings_at_their_place(
    content: bytes, identity: str | None, tmp_path: Path, answers: Path
) -> None:
    folder = tmp_path / "detections"
    folder.mkdir()
    (folder / "x.yaml").write_bytes(content)

    linted = lint_tree(tmp_path, (), Ledger(None), cache=answers, processes=1)

    assert linted.findings
    if identity is not None:
        assert identity in {finding.id for finding in linted.findings}
    lines = content.count(b"\n") + 2
    for finding in linted.findings:
        assert str(finding.location.path) == "detections/x.yaml"
        assert 1 <= finding.location.line <= lines


@pytest.fixture(scope="module")
def linter(binder: Binder) -> Linter:
    """The stock tables, and the repository's own functions left out: they are findings too."""
    return Linter(Project(Path()), catalogue_for(), binder)


RULES = sorted((ROOT / "detections").glob("[!s]*/*.yaml"))
TEXTS = [
    path.read_text(encoding="utf-8") for path in RULES if not path.name.endswith(".cases.yaml")
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A rule of the repository with a part cut out, doubled, swapped or written over."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 200)))
        part = draw(
            st.sampled_from(["", text[start:end] * 2, "\0", "\t", "(" * 40, "|", "'", '"', "\r\n"])
            | st.text(max_size=8)
        )
        text = text[:start] + part + text[end:]
    return text


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=mutated())
def test_no_mutation_of_a_rule_raises_or_points_outside(text: str, linter: Linter) -> None:
    document, findings = parse(text, PurePosixPath("x.yaml"))
    found = list(findings)
    if document is not None:
        found += validate(document, "detection")
        detection, meaning = load_detection(document)
        found += meaning
        if detection is not None:
            said = linter.check(detection)
            found += [*said.own, *(finding for _, finding in said.through)]

    lines = len(text.splitlines()) + 1
    for finding in found:
        assert 1 <= finding.location.line <= lines + text.count("\r")
