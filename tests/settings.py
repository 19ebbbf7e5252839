"""Where the tests find a database server and Redis; without them they run on SQLite and in process."""

import os

TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")
TEST_REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
#: Another name for the database, for two runs side by side on one server.
TEST_DATABASE_NAME = os.environ.get("TEST_DATABASE_NAME", "")
#: Write the snapshots anew instead of comparing with them; read the difference before committing it.
UPDATE_SNAPSHOTS = bool(os.environ.get("UPDATE_SNAPSHOTS", ""))
#: How many random searches are compared with brute force.
SEARCH_ORACLE_QUERIES = int(os.environ.get("SEARCH_ORACLE_QUERIES", "40"))
#: How many random changes search's projection has to follow.
SEARCH_CHANGES = int(os.environ.get("SEARCH_CHANGES", "60"))
#: How many generated requests each role makes at least; unset, a bounded run that is the same every time.
API_CASES = int(os.environ.get("API_CASES", "0"))
