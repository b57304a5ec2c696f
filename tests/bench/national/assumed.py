"""The national service, as far as it is assumed: who, how many, when. Everything assumed stands here or in `load`.

Published: ContactPoint held 11 million children and was to have 330,000 users. The Department's own workforce analysis of
October 2007 had 365,000 (300,000 to 450,000), and Parliament was told 390,000 in November 2008 (The Register,
28 November 2008, https://www.theregister.co.uk/Print/2008/11/28/contactpoint_numbers/).
"""

from __future__ import annotations

from tests.bench.matching import load

CHILDREN = 11_000_000
INVOLVEMENTS = load.INVOLVEMENTS_A_CHILD
ORGANISATIONS = 450
"""Some 150 authorities, 215 NHS trusts, 43 police forces, 42 integrated care boards. Schools and surgeries feed through
them."""
CLIENTS_BY_NIGHT, CLIENTS_BY_DAY, HOURS_OF_WORK = 150, 450, 10
"""Systems of hospitals, police and out-of-hours teams, which always hold a token; and of all others, which hold one while
people are at work, so many hours of a working day."""
TOKEN_MINUTES = 15
"""As `shared/runtime/identity.py` issues them."""
WORKING_DAYS, DAYS = 21, 30
"""Of a month. Feeds come on all days."""
ACCESS_RECORD_DAYS = 2192
"""As template.yaml has it: six years."""

LARGEST = 0.03
"""Share of the largest authority, of children, of lookups and of notices (Kent and Birmingham: some 3 % of England's
children, ONS mid-year estimates, rounded)."""
BY_NUMBER, NOBODY = 0.4, 0.1
"""Shares of lookups by number, and of those that find nobody; the others are by details."""
MIX = {"new child": 0.05, "known child": 0.25, "service changed": 0.5, "child changed": 0.2}
"""What it is that a night brings anew."""
MOVED_ELSEWHERE = 0.1
"""Of the changes of a child, those of which somebody is told: a move to another authority."""
TOLD = 3
"""Organisations that are told of it."""
QUESTIONS_OF_ONE = 1.2
"""Lookups of each practitioner who asks in the busiest hour."""
FEEDS_AT_ONCE = 8
"""`FeedsAtOnce`, as the template has it."""
WAITING_SECONDS = 6 * 3600
"""What Lambda keeps that waits for its turn."""
EXTRACTS = load.AUTHORITIES * INVOLVEMENTS
"""Of a night: each authority's services send their own."""
FIRST_LOAD_HOURS = 7 * 8
"""Within which all is registered for the first time: seven nights."""

READ_MS, TRANSACTION_MS, WRITE_MS = 6, 18, 7
"""How long a function waits for DynamoDB, with the network: not measured, for that needs AWS."""
REQUEST_MS = {"few": 2.4, "named": 5.0, "known child": 3.0, "new child": 5.0}
"""CPU of a request where `make bench` has not measured it: the goals."""
VCPU_MB = 1769
"""Memory with which a Lambda has one whole processor; below it a share.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
FUNCTION_MB, FUNCTION_SECONDS, IN_HAND_SECONDS = 1024, 900, 30
"""Of a function, as template.yaml has it, and what of the time the hourly run keeps back."""
PARTITION_BYTES = 10 * 2**30
"""Each partition has a shard of the stream."""
SHARD_BATCHES = 4
"""`ParallelizationFactor` in template.yaml."""
LOG_BYTES = {"request": 1000, "api": 400}
"""Of a request: the function's line, and the API's."""
