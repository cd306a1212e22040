"""The system calls that an interpreter of one thread needs: name, x86_64, aarch64."""

TABLE = """
read 0 63            write 1 64           open 2 -             openat 257 56
close 3 57           stat 4 -             fstat 5 80           lstat 6 -
newfstatat 262 79    statx 332 291        poll 7 -             ppoll 271 73
select 23 -          pselect6 270 72      lseek 8 62           mmap 9 222
mprotect 10 226      munmap 11 215        mremap 25 216        madvise 28 233
brk 12 214           rt_sigaction 13 134  rt_sigprocmask 14 135
rt_sigreturn 15 139  rt_sigpending 127 136                     rt_sigtimedwait 128 137
sigaltstack 131 132  restart_syscall 219 128                   pread64 17 67
pwrite64 18 68       readv 19 65          writev 20 66         access 21 -
faccessat 269 48     faccessat2 439 439   pipe 22 -            pipe2 293 59
sched_yield 24 124   dup 32 23            dup2 33 -            dup3 292 24
nanosleep 35 101     clock_nanosleep 230 115                   clock_gettime 228 113
clock_getres 229 114 gettimeofday 96 169  time 201 -           times 100 153
getitimer 36 102     setitimer 38 103     alarm 37 -           pause 34 -
getpid 39 172        getppid 110 173      gettid 186 178       getuid 102 174
geteuid 107 175      getgid 104 176       getegid 108 177      getpgrp 111 -
getpgid 121 155      getsid 124 156       getgroups 115 158    uname 63 160
sysinfo 99 179       getrusage 98 165     getrlimit 97 163     getcpu 309 168
sched_getaffinity 204 123                 getrandom 318 278    flock 73 32
fsync 74 82          fdatasync 75 83      truncate 76 45       ftruncate 77 46
getdents64 217 61    getcwd 79 17         chdir 80 49          fchdir 81 50
rename 82 -          renameat 264 38      renameat2 316 276    mkdir 83 -
mkdirat 258 34       rmdir 84 -           unlink 87 -          unlinkat 263 35
readlink 89 -        readlinkat 267 78    umask 95 166         statfs 137 43
fstatfs 138 44       fadvise64 221 223    fallocate 285 47     sendfile 40 71
copy_file_range 326 285                   arch_prctl 158 -     set_tid_address 218 96
set_robust_list 273 99                    futex 202 98         rseq 334 293
membarrier 324 283   close_range 436 436  exit 60 93           exit_group 231 94
epoll_create1 291 20 epoll_ctl 233 21     epoll_wait 232 -     epoll_pwait 281 22
"""
WITH_ARGUMENTS = "fcntl 72 25  ioctl 16 29  prlimit64 302 261  tgkill 234 131"


def numbers(machine: str, table: str = TABLE) -> dict[str, int]:
    """Name -> number; nothing for a machine that the table does not know."""
    words = table.split()
    columns = {"x86_64": words[1::3], "aarch64": words[2::3]}.get(machine, [])
    named = zip(words[::3], columns, strict=False)
    return {name: int(number) for name, number in named if number != "-"}
