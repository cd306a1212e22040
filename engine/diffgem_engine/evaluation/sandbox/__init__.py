"""Runs a program that nobody has read, in a process of its own, and says how it ended.

`running.py` is what callers use.  `inside/` is what runs in that process: the standard library
alone, no import of what stands beside it.

What is held, and by what:

- memory, processor time, the size of a file: resource limits
- processes, threads, the network, permissions: a seccomp filter that lets through what an
  interpreter of one thread needs, and no more
- files outside of the program's folder: Landlock; changes of what Landlock does not know, as
  modes and owners: the seccomp filter
- time, the folder's size, what is printed: the process that watches
- all of the above but memory and time once more: an audit hook in the interpreter, which ends the
  program at its first forbidden act and says what that was

What a kernel does not have is left out, and `capabilities()` says so.

The verdict cannot be had by ending early, nor by what a program prints or patches.  It is not
proof against a program that was written against its own test (an object that equals everything),
nor against native code that searches the interpreter's memory.
"""
