"""From the official compiler's typed tree to DuckDB's SQL: text and parameters, never a database.

The flow: ``translate.translate(query)`` walks the tree with a ``Compiler``. Expressions become a
``Value`` (SQL, Kusto type, constant if known), tabular expressions a ``Relation`` (one SELECT that
grows until it must be nested). What is shared (``let`` tables, ``toscalar``) becomes a CTE.

How values are held while a query runs:

======== ============= =======================================================================
Kusto    DuckDB        note
======== ============= =======================================================================
string   VARCHAR       never NULL: whatever may be NULL in DuckDB is coalesced to ``''``
int long BIGINT        computed wide, as Kusto does
real     DOUBLE        NaN and infinities as they are
decimal  DECIMAL       (38, 9)
datetime TIMESTAMP     UTC; microseconds: the seventh digit of a second is cut off, never rounded
timespan BIGINT        ticks of 100 ns, exact; INTERVAL only where tables are read and rows returned
dynamic  JSON          a dynamic null is NULL, never JSON's ``null``, except inside an array or bag
guid     UUID
======== ============= =======================================================================

To add a scalar function: an entry in the ``FUNCTIONS`` of a module of ``functions/``, keyed by
Kusto's name. Either a template, ``native("lower({0})", "string", gives="string")``, whose arguments
are converted to the types given, or a builder, ``Function(build)`` with ``build(call) -> Value``.
Each template may name an argument as often as it likes only if that is cheap; else write a macro.

To add an aggregate: an entry in ``AGGREGATES`` of ``functions/aggregates.py``, the same way; the
template is an SQL aggregate and ``filter`` puts ``…if`` forms on top.

To add a tabular operator: a function ``(compiler, node, relation, scope) -> Relation`` in a module
of ``operators/``, listed under the node's kind in that module's ``OPERATORS`` (behind a pipe) or
``SOURCES`` (``(compiler, node, scope)``, at its head).

To add a macro: a line in a module of ``macros/``; they live in the schema ``kql`` of each database.

Whatever cannot be answered exactly raises ``UnsupportedError`` through ``refuse``, with its place.
"""
