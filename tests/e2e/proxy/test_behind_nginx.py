"""An editor, nginx, and an engine for a team with the embedded model."""

import pytest
from sandbox import sandbox
from team_engine import completed, new_token, outcomes, private, team_engine


@pytest.mark.editor
async def test_a_completion_comes_through_the_proxy(tmp_path, store, nginx):
    """The settings of the deployment guide, as they are without a proxy."""
    token, log = new_token(store), tmp_path / "engine.log"
    with sandbox() as box, team_engine(log, store, "--log-format", "json") as engine:
        async with nginx(engine.port) as proxy:
            settings = {
                "engineSocket": proxy.endpoint,
                "engineTokenFile": private(tmp_path, token),
                "engineCertificate": str(proxy.certificate),
            }
            async with box.edited(**settings) as (editor, _server):
                assert await completed(editor)
    assert ("ada", "ok") in outcomes(log)
