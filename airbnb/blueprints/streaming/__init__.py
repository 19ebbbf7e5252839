"""Open event streams of one process: who holds one, what each is sent, and what wakes the process."""
