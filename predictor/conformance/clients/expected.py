"""What every client is told: where the server is and what it must answer; and how each reports."""

import json
import sys

# url, address and own_address of the server (the latter for gRPC alone), the model's name and version,
# a user, and the items and scores that the user must get for k = 3.
GIVEN = json.loads(sys.argv[1])


def same(items, scores):
    """Whether a list is the one that the user must get."""
    return list(items) == GIVEN["items"] and all(abs(a - b) < 1e-6 for a, b in zip(scores, GIVEN["scores"], strict=True))


def report(*called):
    """Print which endpoints a client has called, all with success."""
    json.dump(called, sys.stdout)
