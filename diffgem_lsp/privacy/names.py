"""Files that no model sees, by their names: they hold keys and passwords."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from posixpath import normpath
from urllib.parse import unquote, urlsplit

DATA = (
    "json",
    "yaml",
    "yml",
    "toml",
    "ini",
    "cfg",
    "conf",
    "txt",
    "xml",
    "properties",
    "csv",
    "db",
)
SECRET = (
    *("credentials", "*_credentials", "*-credentials", "secret", "secrets", "secrets.*"),
    *("password", "passwords"),
)
# In lower case; the file's name decides, wherever it lies.
NAMES = (
    *(".env", ".env.*", ".env-*", ".env_*", ".envrc", "*.env"),
    *("*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.kdb"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.gpg", "*.asc", "*.age"),
    *(".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml", ".git-credentials", ".htpasswd"),
    *("client_secret*.json", "*.tfstate.*", "*.ovpn", "kubeconfig", "*.kubeconfig", ".terraformrc"),
    *(".bash_history", ".zsh_history", ".psql_history", ".mysql_history", ".python_history"),
    *("local.settings.json", "master.key", "*.secret", "*.secrets", ".secrets"),
    *(".pgpass", ".my.cnf", ".s3cfg", ".boto", ".dockercfg", ".dockerconfigjson", ".vault-token"),
    *("credentials", ".credentials", "secrets", "*.tfvars", "*.tfstate", "service-account*.json"),
    *("*.env.local", "*.env.*.local", "*.tfvars.json", "auth.json", "wp-config.php"),
    # not credentials.py: that is code which reads them
    *(f"{name}.{kind}" for name in SECRET for kind in DATA),
)
# What editors and people put to the name of a file that they keep another of.
_COPY = re.compile(r"~$|#$|\.(?:bak|backup|orig|old|save|copy|tmp|sw[a-p]|rej)~?$")
FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker"})


@lru_cache(maxsize=256)  # asked at every key
def exclusion(uri: str) -> str:
    """Why the file is excluded; empty if it is not.  `uri` may be a path as well."""
    path = _path(uri)
    for spelled in {uri, path, unquote(path)}:  # some clients escape what is escaped already
        *folders, name = normpath(spelled.replace("\\", "/").lower()).split("/")
        name = name.partition("::$")[0].rstrip(". ")  # Windows opens the same file so
        for pattern in NAMES:
            if fnmatchcase(name, pattern) or fnmatchcase(_copied(name), pattern):
                return f"files named {pattern} are excluded: they may hold secrets"
        for folder in FOLDERS.intersection(folders):
            return f"files in {folder} are excluded: they may hold secrets"
    return ""


def _copied(name: str) -> str:
    """Of what it is a copy, by its name."""
    return _COPY.sub("", name.removeprefix(".#").removeprefix("#"))


def _path(uri: str) -> str:
    try:
        return unquote(urlsplit(uri).path)
    except ValueError:  # no URI at all
        return uri
