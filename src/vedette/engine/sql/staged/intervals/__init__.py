"""All runs of a rule as one relation: each row with the interval of runs that have it.

What one row decides leaves intervals as they are. A comparison with the clock cuts them, a join
intersects them, ``distinct`` and the semi joins unite them by key, the anti joins and what an outer
join leaves without a match are what those unions leave over, and a ``summarize`` aggregates between
the runs at which its group changes. So a run whose inputs hold nothing new costs nothing: it is one
more number in an interval.

``compiler`` decides, ``operators`` are those operators that see more than one row, ``algebra`` is
the SQL of intervals. The trap: every operator that is let in must say what it does to intervals; an
operator that nobody has thought of is refused, and the query is then made in another way.
"""
