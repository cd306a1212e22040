"""What a sandboxed process is to do."""

import marshal

NONCE_BYTES = 32


class Job:
    """Sizes are bytes, `seconds` processor time, `parent` the process that watches."""

    def __init__(
        self,
        *,
        source: str,
        parent: int,
        memory: int,
        seconds: int,
        file_bytes: int,
        seccomp: bool,
        landlock: bool,
        audit: bool,
    ) -> None:
        self.source, self.parent = source, parent
        self.memory, self.seconds, self.file_bytes = memory, seconds, file_bytes
        self.seccomp, self.landlock, self.audit = seccomp, landlock, audit

    def to_bytes(self) -> bytes:
        """Its length in 8 bytes, then the job; for the same interpreter only."""
        data = marshal.dumps(vars(self))
        return len(data).to_bytes(8, "big") + data

    @classmethod
    def from_bytes(cls, data: bytes) -> "Job":
        """Without the length."""
        return cls(**marshal.loads(data))
