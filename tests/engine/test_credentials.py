"""Which texts hold somebody's secret.

All of these are drawn here; none is written down whole, so that whoever scans this repository for
secrets finds none.
"""

import random
import string

import pytest
from project_files import source

from diffgem_engine.secrecy.credentials import KINDS, secrets_in
from diffgem_engine.secrecy.drawn import looks_drawn

HEX = "0123456789abcdef"
LETTERS = string.ascii_letters
KEY = LETTERS + string.digits
CAPITALS = string.ascii_uppercase + string.digits


def drawn(count, of=KEY, seed=0):
    """Looks drawn at random, and is."""
    letters = random.Random(seed)
    while True:
        value = "".join(letters.choices(of, k=count))
        if count < 16 or of in (LETTERS, CAPITALS) or looks_drawn(value):
            return value


def pem(kind):
    lines = "\n".join(drawn(64, KEY + "+/", seed) for seed in range(4))
    return f"-----BEGIN {kind}" + f"PRIVATE KEY-----\n{lines}\n-----END {kind}" + "PRIVATE KEY-----"


SECRETS = [
    ("private key", pem("RSA ")),
    ("private key", pem("")),
    ("private key", pem("OPENSSH ")),
    ("private key", repr(pem("EC "))),
    ("private key", pem("RSA ").replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1)),
    ("AWS access key", "AKI" + "A" + drawn(16, CAPITALS)),
    ("AWS access key", "ASI" + "A" + drawn(16, CAPITALS)),
    ("AWS secret key", "aws_" + f"secret_access_key = {drawn(40, KEY + '+/')}"),
    ("GitHub token", "gh" + "p_" + drawn(36)),
    ("GitHub token", "gh" + "o_" + drawn(36)),
    ("GitHub token", "gh" + "s_" + drawn(36)),
    ("GitHub token", "github" + "_pat_" + drawn(22) + "_" + drawn(59)),
    ("GitLab token", "gl" + "pat-" + drawn(20)),
    ("Slack token", "xox" + "b-" + drawn(24)),
    ("Slack token", "xox" + "p-" + drawn(24)),
    (
        "Slack token",
        "hooks.slack" + f".com/services/T{drawn(9, CAPITALS)}/B{drawn(9, CAPITALS)}/{drawn(24)}",
    ),
    ("Google key", "AI" + "za" + drawn(35)),
    ("Stripe key", "sk" + "_live_" + drawn(24)),
    ("sk- key", "sk" + "-" + drawn(48)),
    ("sk- key", "sk" + "-proj-" + drawn(48)),
    ("sk- key", "sk" + "-ant-api03-" + drawn(90)),
    ("npm token", "np" + "m_" + drawn(36)),
    ("PyPI token", "py" + "pi-AgEI" + drawn(70)),
    ("Hugging Face token", "h" + "f_" + drawn(34, LETTERS)),
    ("JSON web token", "ey" + f"J{drawn(20)}.ey" + f"J{drawn(40)}.{drawn(43)}"),
    ("password in a URL", "postgres://app:" + drawn(12) + "@db.acme.io/main"),
    ("password in a URL", "redis://:" + drawn(12) + "@cache.acme.io:6379"),
    ("secret in an assignment", f'API_KEY = "{drawn(32, HEX)}"'),
    ("secret in an assignment", f'password: str = "{drawn(20)}"'),
    ("secret in an assignment", f"login(client_secret='{drawn(32)}')"),
    ("secret in an assignment", f'{{"auth_token": "{drawn(40, HEX)}"}}'),
    ("secret in an assignment", f'os.environ["ACME_TOKEN"] = "{drawn(24)}"'),
]


@pytest.mark.parametrize(
    ("name", "secret"), SECRETS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(SECRETS)]
)
def test_secrets_are_found_wherever_they_stand(name, secret):
    for text in (secret, f"{source('a')}x = {secret!r}\n", f'# see {secret}\n"""doc"""\n'):
        assert name in [*secrets_in(text)], text


def test_every_kind_has_its_example():
    assert {kind.name for kind in KINDS} == {name for name, _ in SECRETS}


HARMLESS = [
    'if text.startswith("-----BEGIN RSA PRIVATE KEY-----"):\n    return load_pem(text)',
    'PEM = "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"',
    'KEY = "AKIA' + "IOSFODNN7" + 'EXAMPLE"',
    'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY' + 'EXAMPLEKEY"',
    'token = "ghp_' + "x" * 36 + '"',
    'token = "ghp_your' + "TokenGoesHere" * 3 + '"',
    ".sk-estimator-doc-link.fitted:hover, .sk-toggleable__label-arrow { color: red }",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    'create_engine("postgresql://scott:tiger@localhost:5432/test")',
    'requests.get("https://user:password@example.com/")',
    'requests.get("https://user:pa55word@example.com/")',
    'url = f"https://{user}:{secret1}@github.com/"',
    'url = "mysql://root:%(password)s1@db.acme.io"',
    'proxy = "http://user:hunter22@proxy:8080"',
    "redis://admin:admin123@127.0.0.1:6379",
    'password = "changeme-please-1234567"',
    'API_KEY = "your-api-key-goes-here-00"',
    'API_KEY = "' + "0123456789abcdef" * 2 + '"',
    'SECRET_KEY = "xxxxxxxxxxxxxxxxxxxxxxxx"',
    'PASSWORD_RESET_TOKEN = "_password_reset_token_v2"',
    'pad_token = "<|endoftext_v2_0|>"',
    'tokenizer = "google/bert_uncased_L-2_H-128_A-2"',
    'token_url = "https://accounts.acme.io/o/oauth2/v2/token1"',
    'publicKeyToken="' + "1fc8b3b9" + 'a1e18e3b"',
    'assert digest == "' + "d41d8cd98f00b204" + 'e9800998ecf8427e"',
    'REVISION = "' + drawn(40, HEX) + '"',
    'known_hash = "sha256:' + drawn(64, HEX) + '"',
    "token = models.CharField(max_length=64)",
    'secret = os.environ["ACME_CLIENT_SECRET_2"]',
]


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_code_and_examples_hold_none(text):
    """Guards a corpus without all code that reads keys, checks hashes or documents a URL."""
    assert [*secrets_in(f"{source('a')}{text}\n")] == []


@pytest.mark.parametrize(("letters", "length"), [(HEX, 32), (HEX, 40), (KEY, 32), (KEY + "+/", 40)])
def test_most_drawn_values_look_drawn(letters, length):
    """Guards a bound that lets every fourth key through."""
    values = ["".join(random.Random(seed).choices(letters, k=length)) for seed in range(500)]
    assert sum(map(looks_drawn, values)) > 0.95 * len(values)
