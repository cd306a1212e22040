"""What runs in the sandboxed process: few modules of the standard library, for a quick start.

`json`, `re`, `typing`, `enum` and `contextlib` alone would double its time.
"""
