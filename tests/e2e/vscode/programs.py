"""Programs that a user may have in the server's place."""

import sys

from serving import SERVER

OTHER_VERSION = f"""#!{sys.executable}
import diffgem_lsp
diffgem_lsp.__version__ = "0.99.0"
from diffgem_lsp.__main__ import main
main()
"""
AILING = """#!/bin/sh
echo 'ImportError: no module named pygls' >&2
exit 3
"""
TELLTALE = f"""#!/bin/sh
touch "$(dirname "$0")/was-run"
exec {SERVER} "$@"
"""
NOWHERE = "/proc/nowhere"  # where not even root may write
HOMELESS = f"""#!/bin/sh
export HOME={NOWHERE} XDG_STATE_HOME={NOWHERE} XDG_CACHE_HOME={NOWHERE}
exec {SERVER} "$@"
"""
PLAIN = f"""#!/bin/sh
exec {SERVER} "$@"
"""


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)
