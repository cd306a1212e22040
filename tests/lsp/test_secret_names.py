import pytest

from diffgem_lsp.privacy.names import exclusion


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", ".ENV", "prod.env", ".envrc", "a.pem", "A.KEY", "x.kdbx"),
        *("id_rsa", "id_rsa.bak", "id_ed25519", ".netrc", ".pypirc", ".npmrc", "secrets.yaml"),
        *("server.pem.bak", "server.key~", ".netrc~", "#.env#", "secrets.yaml.orig", ".npmrc.swp"),
        *(".env/", ".env/.", "x/../.env", "passwords.txt", "credentials.json.old~"),
        *("prod.env.local", "prod.env.eu.local", "x.tfvars.json", "auth.json", "wp-config.php"),
        *("credentials", "credentials.json", ".git-credentials", "x.tfvars", "Secret.JSON"),
    ],
)
def test_names(name):
    """Passwords as context for a model."""
    for place in ("file:///a/", "/a/", "", "C:\\a\\", "untitled:", "vscode-remote://ssh/a/"):
        assert "may hold secrets" in exclusion(place + name)


@pytest.mark.parametrize(
    "name",
    [
        "main.py",
        "credentials.py",
        "secrets.rs",
        "environment.py",
        "keys.py",
        "env",
        "my.env.py",
        "main.py~",
        ".#main.py",
        "",
    ],
)
def test_other_files_are_not_excluded(name):
    assert exclusion(f"file:///a/{name}") == ""


def test_folders():
    assert exclusion("file:///home/me/.ssh/config")
    assert exclusion("/home/me/.aws/config")
    assert not exclusion("file:///home/me/ssh/config")


@pytest.mark.parametrize(
    "uri", ["file:///a/%2Eenv", "file:///a/.%23.netrc", "file:///%C3%A9/.env", "file://[x/.env"]
)
def test_encoded_names(uri):
    """An escaped dot hid the file; or what is no URI ended the request."""
    assert exclusion(uri)
