"""The editor from the server's side: its messages in and out, and what its user is told."""
