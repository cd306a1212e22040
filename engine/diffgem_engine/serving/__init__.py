"""From a request that has arrived to the backend, and who goes first."""
