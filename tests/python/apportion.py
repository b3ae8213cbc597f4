"""Divides whole numbers with the package `apportionment`.

Input: a line per instance, `METHOD HOUSE WEIGHT WEIGHT …`. Output: a line per instance with what each gets, or `tie` where the
last one could as well go to another: the package breaks ties in an order of its own.
"""

import sys

from apportionment.methods import TiesException, compute

for line in sys.stdin.read().splitlines():
    method, house, *weights = line.split()
    try:
        # Remainders are exact only as fractions. Quotients of whole numbers this small compare exactly as they are.
        parts = compute(
            method,
            [int(weight) for weight in weights],
            int(house),
            fractions=method == "largest_remainder",
            tiesallowed=False,
        )
        print(*parts)
    except TiesException:
        print("tie")
