"""A query cut in two: what no clock and no window can change, and what each run adds.

Many runs of one rule read the same events through the same first filters and computations. Those
are taken out of the query and made once, as *stages*; what is left reads the stages. A stage knows
of each of its rows from which run to which it is seen, so that all runs can be made at once.
"""
