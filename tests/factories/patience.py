"""How long tests wait for a provider's stand-in."""

from airbnb.integrations.payments.transport import Patience

#: Nobody waits long for a process on this machine.
QUICK = Patience(connect_s=2.0, read_s=5.0, budget_s=10.0, tries=3, pause_s=0.01)
