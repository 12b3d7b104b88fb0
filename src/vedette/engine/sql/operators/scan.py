"""``scan``: rows in their order, matched against steps that remember what they matched.

Each row is one turn of a recursive query, which looks at all steps. The trap: the steps are asked
from the last to the first, and a step that takes over the sequence of the one before leaves that
one without any. So a turn first finds who takes over, then what each step is left with, and only
then who matches. A step has a sequence exactly while it has a match number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators.shape import numbered, parameters
from vedette.engine.sql.relation import ORDINAL, RANK, Relation, Row, empty, from_source, row_of
from vedette.engine.sql.relation import identifiers as idents_of
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import SQL_TYPES, Value, identifier, null
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items, walk
from vedette.schema.types import Column

_ROWS, _TURNS = '"$rows"', '"$turns"'
_PART, _TURN, _NEXT = '"$part"', '"$turn"', '"$next"'


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its place from 1, its condition and its assignments, by the declared column."""

    place: int
    name: str
    output: str
    condition: Node
    assigned: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared column and what it holds where no step has assigned it."""

    name: str
    type: str
    default: Value


@dataclass(frozen=True, slots=True)
class Scan:
    """The operator in parts; ``rows`` have their number in ``ORDINAL``."""

    compiler: Compiler
    scope: Scope
    rows: Relation
    declared: Sequence[Declared]
    steps: Sequence[Step]

    def row(self, step: Step, state: int) -> Row:
        """The row as ``step`` sees it, with the steps' last rows in the state of step ``state``."""
        row = row_of(self.rows)
        hidden = {name: of for name, of in row.hidden.items() if name not in {ORDINAL, RANK}}
        known = {each.name: each for each in self.steps[: step.place]}
        # A later step is known by its name and by nothing else, so that reading it is refused.
        sides: dict[str, Mapping[str, Value]] = {each.name: {} for each in self.steps}
        sides.update({name: self._remembered(of.place, state) for name, of in known.items()})
        return replace(row, sides=sides, hidden=hidden)

    def _remembered(self, place: int, state: int) -> Mapping[str, Value]:
        """What a step's last row holds; nulls and defaults where the state has none."""
        found = {}
        slot = _slot(state, place) if place <= state else "NULL"
        for number, column in enumerate(self.rows.columns):
            empty_ = null(column.type)
            if slot != "NULL":
                sql = f"{slot}.c{number}"
                empty_ = Value(
                    f"coalesce({sql}, '')" if column.type == "string" else sql, column.type
                )
            found[column.name] = empty_
        for number, column_ in enumerate(self.declared):
            value = column_.default
            if slot != "NULL":
                sql = f"CASE WHEN {slot} IS NULL THEN {value.sql} ELSE {slot}.d{number} END"
                value = Value(f"({sql})", column_.type)
            found[column_.name] = value
        return found

    def matches(self, step: Step, state: int) -> str:
        """Whether the row meets the condition of ``step`` in the state of step ``state``."""
        inside = self.scope.with_row(self.row(step, state))
        return f"coalesce({self.compiler.typed(step.condition, inside, 'bool').sql}, FALSE)"

    def extended(self, step: Step) -> str:
        """The row with the values that ``step`` declares, as one value to remember."""
        inside = self.scope.with_row(self.row(step, step.place))
        fields = [f"'c{n}': {identifier(ident)}" for n, ident in enumerate(self.rows.idents)]
        for number, column in enumerate(self.declared):
            node = step.assigned.get(column.name)
            value = (
                column.default if node is None else self.compiler.typed(node, inside, column.type)
            )
            fields.append(f"'d{number}': {value.sql}")
        return f"{{{', '.join(fields)}}}"

    def slot_type(self) -> str:
        """The type of what a step remembers."""
        columns = [f"c{n} {SQL_TYPES[c.type]}" for n, c in enumerate(self.rows.columns)]
        columns += [f"d{n} {SQL_TYPES[c.type]}" for n, c in enumerate(self.declared)]
        return f"STRUCT({', '.join(columns)})"


def _match(place: int) -> str:
    return f'"$match{place}"'


def _hit(place: int) -> str:
    return f'"$hit{place}"'


def _taken(place: int) -> str:
    return f'"$taken{place}"'


def _slot(state: int, place: int) -> str:
    return f'"$slot{state}_{place}"'


def scan(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``scan with_match_id=m partition by k declare (…) with (step s: condition => c = x; …)``."""
    if not relation.sorted:
        compiler.refuse("scan over rows in no order", node, scope, "sort or serialize them first")
    if child(node, "ScanOrderByClause") is not None:
        compiler.refuse("scan … order by", node, scope, "sort the rows before scan")
    rows = _in_order(relation)
    declared = _declared(compiler, node, rows, scope)
    steps = _steps(compiler, node, declared, scope)
    match_id = parameters(node, scope).get("with_match_id", "")
    by = child(node, "ScanPartitionByClause")
    if by is not None and match_id:
        # Whether the numbers go on from one key to the next is not documented.
        compiler.refuse("scan with match numbers and partition by", by, scope)
    keys = items(child(by, "List")) if by is not None else []
    shown = [*rows.columns, *(Column(column.name, column.type) for column in declared)]
    if match_id:
        shown.append(Column(match_id, "long"))
    else:
        # The official compiler then sees a column match_id, which the documented outputs lack.
        compiler.parametric = True
        compiler.unreal |= {c.name for c in node.columns} - {column.name for column in shown}
    parts = Scan(compiler, scope, rows, declared, steps)
    return _output(parts, shown, [compiler.expression(key, scope.over(rows)).sql for key in keys])


def _in_order(relation: Relation) -> Relation:
    """The rows with their numbers, which are those of the very sort where it comes just before.

    A number that only follows a subquery's order is lost where ``partition`` reads it by key.
    """
    plain = relation.shown is None and not relation.computed and ORDINAL not in relation.hidden
    if not (relation.order and plain):
        return numbered(relation)
    number = f"row_number() OVER (ORDER BY {', '.join(relation.order)})"
    hidden = (*relation.hidden, ORDINAL)
    return replace(relation, computed={ORDINAL: number}, hidden=hidden).nested()


def _declared(compiler: Compiler, node: Node, rows: Relation, scope: Scope) -> tuple[Declared, ...]:
    clause = child(node, "ScanDeclareClause")
    found = []
    for item in items(child(clause, "List")) if clause is not None else []:
        named = item.children[0]
        name = unbracketed(scope.source(named.children[0]))
        type_ = named.children[-1].name or scope.source(named.children[-1]).strip()
        if name in rows.types() or type_ not in SQL_TYPES:
            compiler.refuse(f"scan that declares {scope.source(item)}", item, scope)
        given = child(item, "DefaultValueDeclaration")
        default = null(type_)
        if given is not None:
            default = compiler.typed(given.children[-1], scope.with_row(None), type_)
        found.append(Declared(name, type_, default))
    return tuple(found)


def _steps(
    compiler: Compiler, node: Node, declared: Sequence[Declared], scope: Scope
) -> tuple[Step, ...]:
    names = {column.name for column in declared}
    found = []
    for place, part in enumerate((each for each in walk(node) if each.kind == "ScanStep"), 1):
        if child(part, "OptionalKeyword") is not None:
            compiler.refuse("scan with an optional step", part, scope, "it is not documented")
        output = child(part, "ScanStepOutput")
        colon = next(n for n, each in enumerate(part.children) if each.kind == "ColonToken")
        computed = child(part, "ScanComputationClause")
        assigned = {}
        for item in items(child(computed, "List")) if computed is not None else []:
            name = unbracketed(scope.source(item.children[0]))
            if name not in names:
                compiler.refuse(f"scan that assigns {name}, which it does not declare", item, scope)
            assigned[name] = item.children[-1]
        condition = part.children[colon + 1]
        for read in (condition, *assigned.values()):
            for name_node in _bare(read):
                if name_node.name in names:
                    said = f"the declared column {name_node.name} without its step"
                    compiler.refuse(said, name_node, scope)
        found.append(
            Step(
                place,
                unbracketed(scope.source(part.children[1])),
                "all" if output is None else scope.source(output.children[-1]).strip(),
                condition,
                assigned,
            )
        )
    return tuple(found)


def _bare(node: Node) -> Iterator[Node]:
    """Names of columns that are not those of a step."""
    if node.kind == "PathExpression":
        yield from _bare(node.children[0])
        return
    if node.kind == "NameReference" and node.symbol == "column":
        yield node
    for item in node.children:
        yield from _bare(item)


def _turns(parts: Scan, keys: Sequence[str]) -> str:
    """The recursive query: a row for each turn, with what each step then remembers."""
    key = f"dense_rank() OVER (ORDER BY {', '.join(keys)})" if keys else "0::BIGINT"
    within = f"PARTITION BY {', '.join(keys)} " if keys else ""
    number = f"row_number() OVER ({within}ORDER BY {identifier(ORDINAL)})"
    numbers = f"SELECT *, {key} AS {_PART}, {number} AS {_TURN} FROM {parts.rows.source}"
    state = [_PART, _TURN, _NEXT]
    start = [_PART, "0::BIGINT", "0::BIGINT"]
    for step in parts.steps:
        state += [_match(step.place), _hit(step.place)]
        start += ["NULL::BIGINT", "FALSE"]
        for known in parts.steps[: step.place]:
            state.append(_slot(step.place, known.place))
            start.append(f"NULL::{parts.slot_type()}")
    listed = ", ".join(state)
    return (
        f"WITH RECURSIVE {_ROWS} AS ({numbers}), {_TURNS}({listed}) AS ("
        f"SELECT DISTINCT {', '.join(start)} FROM {_ROWS} UNION ALL {_turn(parts, state)})"
    )


def _turn(parts: Scan, state: Sequence[str]) -> str:
    """One turn: who takes over, what each step is left with, who matches, what it remembers."""
    last = parts.steps[-1].place
    remembered = [f"S.{name}" for name in state[2:] if not name.startswith('"$hit')]
    takes, left, hits = [], [], []
    after = {_NEXT: f"{_NEXT} + ({_hit(1)} AND {_match(1)} IS NULL)::BIGINT"}
    for step in parts.steps:
        place = step.place
        given = f" WHEN {_taken(place + 1)} THEN NULL" if place < last else ""
        before = place - 1
        if before:
            takes.append(
                f"({_match(before)} IS NOT NULL AND {parts.matches(step, before)})"
                f" AS {_taken(place)}"
            )
        for now, earlier in [
            (_match(place), _match(before)),
            *((_slot(place, n), _slot(before, n)) for n in range(1, place)),
            (_slot(place, place), "NULL"),
        ]:
            got = f" WHEN {_taken(place)} THEN {earlier}" if before else ""
            if got or given:
                left.append(f"CASE{got}{given} ELSE {now} END AS {now}")
        repeats = parts.matches(step, place)
        if before:
            repeats = f"({_taken(place)} OR ({_match(place)} IS NOT NULL AND {repeats}))"
        hits.append(f"{repeats} AS {_hit(place)}")
        remembers = _slot(place, place)
        after[remembers] = (
            f"CASE WHEN {_hit(place)} THEN {parts.extended(step)} ELSE {remembers} END"
        )
    first = _match(1)
    after[first] = f"CASE WHEN {_hit(1)} THEN coalesce({first}, {_NEXT}) ELSE {first} END"
    joined = (
        f"SELECT R.*, {', '.join(remembered)} FROM {_TURNS} AS S JOIN {_ROWS} AS R"
        f" ON R.{_PART} = S.{_PART} AND R.{_TURN} = S.{_TURN} + 1"
    )
    if takes:
        joined = f"SELECT *, {', '.join(takes)} FROM ({joined})"
        joined = f"SELECT * REPLACE ({', '.join(left)}) FROM ({joined})"
    matched = f"SELECT *, {', '.join(hits)} FROM ({joined})"
    return f"SELECT {', '.join(after.get(name, name) for name in state)} FROM ({matched})"


def _output(parts: Scan, shown: Sequence[Column], keys: Sequence[str]) -> Relation:
    """What the turns put out: of one row, the last step's match comes first."""
    steps = [step for step in parts.steps if step.output != "none"]
    found = [
        f"CASE WHEN {_hit(p)} THEN {{'step': {p}, 'match': {_match(p)}, 'row': {_slot(p, p)}}} END"
        for p in (step.place for step in steps)
    ]
    turns = _turns(parts, keys)
    if not found:
        return empty(shown)
    idents = idents_of(column.name for column in shown)
    fields = [f'"$out"."row".c{n}' for n in range(len(parts.rows.columns))]
    fields += [f'"$out"."row".d{n}' for n in range(len(parts.declared))]
    fields += ['"$out"."match"'] * (len(shown) - len(fields))
    listed = [f"{sql} AS {identifier(ident)}" for sql, ident in zip(fields, idents, strict=True)]
    outs = f"list_filter([{', '.join(found)}], lambda o: o IS NOT NULL)"
    rows = f'(SELECT {_PART}, {_TURN}, unnest({outs}) AS "$out" FROM {_TURNS})'
    lasting = [str(step.place) for step in steps if step.output == "last"]
    if lasting:
        series = f'PARTITION BY {_PART}, "$out".step, "$out"."match" ORDER BY {_TURN} DESC'
        kept = f'"$out".step NOT IN ({", ".join(lasting)}) OR row_number() OVER ({series}) = 1'
        rows = f"(SELECT * FROM {rows} QUALIFY {kept})"
    order = f'row_number() OVER (ORDER BY {_TURN}, "$out".step DESC) AS {identifier(ORDINAL)}'
    source = f"({turns} SELECT {', '.join([*listed, order])} FROM {rows})"
    if lasting or keys:
        # When the last of a series comes, and which key first, is not documented: no order.
        return from_source(source, shown, idents)
    result = from_source(source, shown, idents, (ORDINAL,))
    return replace(result, order=(identifier(ORDINAL),), sorted=True)


OPERATORS: Mapping[str, Operator] = {"ScanOperator": scan}
