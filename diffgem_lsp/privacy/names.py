"""Files that no model sees, by their names: they hold keys and passwords."""

from fnmatch import fnmatchcase
from functools import lru_cache
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
# In lower case; the file's name decides, wherever it lies.
NAMES = (
    *(".env", ".env.*", ".env-*", ".env_*", ".envrc", "*.env"),
    *("*.pem", "*.key", "*.ppk", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.kdb"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.gpg", "*.asc", "*.age"),
    *(".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml", ".git-credentials", ".htpasswd"),
    *(".pgpass", ".my.cnf", ".s3cfg", ".boto", ".dockercfg", ".dockerconfigjson", ".vault-token"),
    *("credentials", ".credentials", "secrets", "*.tfvars", "*.tfstate", "service-account*.json"),
    # not credentials.py: that is code which reads them
    *(f"{name}.{kind}" for name in ("credentials", "secret", "secrets") for kind in DATA),
)
FOLDERS = frozenset({".ssh", ".gnupg", ".aws", ".azure", ".gcloud", ".kube", ".docker"})


@lru_cache(maxsize=256)  # asked at every key
def exclusion(uri: str) -> str:
    """Why the file is excluded; empty if it is not.  `uri` may be a path as well."""
    for path in {uri, _path(uri)}:
        *folders, name = path.replace("\\", "/").lower().split("/")
        for pattern in NAMES:
            if fnmatchcase(name, pattern):
                return f"files named {pattern} are excluded: they may hold secrets"
        for folder in FOLDERS.intersection(folders):
            return f"files in {folder} are excluded: they may hold secrets"
    return ""


def _path(uri: str) -> str:
    try:
        return unquote(urlsplit(uri).path)
    except ValueError:  # no URI at all
        return uri
