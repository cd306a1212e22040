"""What clients may ask, a module for each family of requests.

Every handler: snapshot, delegate, reply.  Each module has a `register`, which `server` lists.
"""
