"""The extension makes an environment for the server: a window that has found none."""

import pytest
from editing import completes
from window import BUTTONS

pytestmark = pytest.mark.editor
WITHIN_MS = 240_000


def test_where_there_is_no_server_the_extension_installs_the_one_it_carries(code, started):
    """Without an engine, by the index that pip has; the engine is that of another window."""
    started().wait_for_status("Ready")
    window = started(**{"diffgem.server.path": ""})
    window.notification("DiffGem needs its language server")
    window.page("click", f'{BUTTONS} >> text="Install"')
    window.page("click", '.quick-input-list .monaco-list-row:has-text("Only the server")')
    window.wait_for_status("Ready", timeout=WITHIN_MS)
    completes(window)
    (program,) = code.folder.glob("user/User/globalStorage/diffgem.diffgem/**/bin/diffgem-lsp")
    assert str(code.folder) in program.read_text().partition("\n")[0]
