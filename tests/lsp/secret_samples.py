"""Made-up secrets as people leave them in files, and what only looks like them.

None is written down whole: whoever scans this repository for secrets finds none.
"""

import random
import string

HEX = "0123456789abcdef"
KEY = string.ascii_letters + string.digits
CAPITALS = string.ascii_uppercase + string.digits


def drawn(count, of=KEY, seed=1):
    """Drawn at random, with at least three digits where there are any to draw."""
    letters = random.Random(f"{seed} {count} {of}")
    while True:
        value = "".join(letters.choices(of, k=count))
        if sum(map(str.isdigit, value)) >= min(3, count // 4):
            return value


def body(lines=4):
    return [drawn(64, KEY + "+/", seed) for seed in range(lines)]


def begin(kind=""):
    return f"-----BEGIN {kind}PRIVATE" + " KEY-----"


def end(kind=""):
    return begin(kind).replace("BEGIN", "END")


HUNTER, HORSE, TROUB = "hun" + "ter2", "corr" + "ecthorse", "Tr0ub4" + "dor&3"
FISH, QWOP = "sw" + "0rdf!sh", "qwop" + "zxnm"
PHRASE = "corr" + "ect horse batt" + "ery staple"
AWS_ID, AWS_KEY = "AKI" + "A" + drawn(16, CAPITALS), drawn(40, KEY + "+/")
GITHUB, GITHUB_FINE = "gh" + "p_" + drawn(36), "github" + "_pat_" + drawn(22) + "_" + drawn(59)
GITLAB, SLACK = "gl" + "pat-" + drawn(20), "xox" + "b-" + drawn(12, "0123456789") + "-" + drawn(24)
STRIPE, GOOGLE = "sk" + "_live_" + drawn(24), "AI" + "za" + drawn(35)
OPENAI, ANTHROPIC = "sk" + "-proj-" + drawn(48), "sk" + "-ant-api03-" + drawn(90)
OLD_OPENAI = "sk" + "-" + drawn(48)
NPM, PYPI, HUB = "np" + "m_" + drawn(36), "py" + "pi-AgEI" + drawn(70), "h" + "f_" + drawn(34)
JWT = "ey" + f"J{drawn(20)}.ey" + f"J{drawn(40)}.{drawn(43)}"
SENDGRID, VAULT = "S" + f"G.{drawn(22)}.{drawn(43)}", "hv" + "s." + drawn(24)
HOOK = f"T{drawn(9, CAPITALS)}/B{drawn(9, CAPITALS)}/{drawn(24)}"
ANY, TOKEN40, HEX32 = drawn(32), drawn(40, HEX), drawn(32, HEX)

# (language, text around it, the secret), the text with a § where the secret stands.
ONE_LINE = [
    ("python", 'password = "§"', HUNTER),
    ("python", "PASSWORD: Final[str] = '§'", HORSE),
    ("python", 'db.connect(user="app", password="§", timeout=3)', FISH),
    ("python", 'os.environ["DB_PASSWORD"] = "§"', QWOP),
    ("python", 'if password == "§":', HUNTER),
    ("python", 'passphrase = "§"', PHRASE),
    ("python", 'def login(user, password="§"):', TROUB),
    ("python", 'API_KEY = "§"', ANY),
    ("python", 'headers = {"Authorization": "Bearer §"}', ANY),
    ("python", 'headers = {"X-Api-Key": "§"}', ANY),
    ("python", 'headers["Authorization"] = f"token §"', TOKEN40),
    ("python", 'client = OpenAI(api_key="§")', OPENAI),
    ("python", 'client = Anthropic("§")', ANTHROPIC),
    ("python", "x = '§'  # from the console", OLD_OPENAI),
    ("python", 'ENGINE = "postgresql://app:§@db.acme.io:5432/main"', HUNTER),
    ("python", 'requests.get("https://api.acme.io/v1?api_key=§&page=2")', HEX32),
    ("python", 'requests.get(url, auth=("bob", "§"))', HUNTER),
    ("python", 'SECRET_KEY = b"§"', ANY),
    ("python", 'login(**{"token": "§"})', TOKEN40),
    ("python", 'password = SecretStr("§")', HORSE),
    ("python", 'boto3.client("s3", aws_secret_access_key="§")', AWS_KEY),
    ("python", "# the old one was password = '§'", HUNTER),
    ("javascript", 'const stripe = require("stripe")("§");', STRIPE),
    ("javascript", "const dbPassword = `§`;", HORSE),
    ("javascript", 'fetch(url, { headers: { authorization: "Basic §" } });', drawn(28)),
    ("javascript", 'firebase.initializeApp({ apiKey: "§" });', GOOGLE),
    ("javascript", 'const client = new Client({ user: process.env.USER, secret: "§" });', ANY),
    ("typescript", 'const token: string = "§";', JWT),
    ("typescript", "private readonly clientSecret = '§';", drawn(24)),
    ("typescript", 'config.set("jwt.secret", "§");', drawn(20)),
    ("java", 'private static final String PASSWORD = "§";', FISH),
    ("java", 'props.put("password", "§");', HUNTER),
    ("java", 'DriverManager.getConnection(url, "sa", dbPassword = "§");', HORSE),
    ("java", 'System.setProperty("db.password", "§");', TROUB),
    ("go", 'token := "§"', GITHUB),
    ("go", '\tPassword: "§",', HORSE),
    ("go", 'const apiKey = "§"', HEX32),
    ("go", 'req.Header.Set("Authorization", "Bearer §")', ANY),
    ("rust", 'let password: &str = "§";', HORSE),
    ("rust", 'let key = String::from("§");', GITLAB),
    ("rust", 'api_token: "§".to_string(),', ANY),
    ("c", '#define DB_PASSWORD "§"', HUNTER),
    ("c", 'static const char *password = "§";', HORSE),
    ("cpp", 'std::string secret{"§"};', ANY),
    ("csharp", 'var cs = "Server=db;Database=app;User Id=sa;Password=§;";', HORSE),
    ("csharp", "AccountName=acme;AccountKey=§;EndpointSuffix=core", drawn(86) + "=="),
    ("php", "define('DB_PASSWORD', '§');", HUNTER),
    ("php", "$password = '§';", HORSE),
    ("php", "'password' => '§',", FISH),
    ("ruby", 'config.secret_key = "§"', TOKEN40),
    ("ruby", "password: '§',", QWOP),
    ("lua", 'local password = "§"', HORSE),
    ("shellscript", "export AWS_ACCESS_KEY_ID=§", AWS_ID),
    ("shellscript", 'export AWS_SECRET_ACCESS_KEY="§"', AWS_KEY),
    ("shellscript", "DB_PASSWORD=§", HORSE),
    ("shellscript", "curl -u bob:§ https://acme.io", HUNTER),
    ("shellscript", "mysql -uroot -p§ app", TROUB),
    ("shellscript", "deploy --password § --now", HUNTER),
    ("shellscript", "deploy --auth-token=§", ANY),
    ("shellscript", 'curl -H "Authorization: Bearer §" https://acme.io', JWT),
    ("shellscript", "git clone https://oauth2:§@git.acme.io/x.git", GITLAB),
    ("shellscript", "curl https://hooks.slack" + ".com/services/§", HOOK),
    ("dockerfile", "ENV POSTGRES_PASSWORD=§", HORSE),
    ("dockerfile", "ENV API_TOKEN §", ANY),
    ("dotenv", "GITHUB_TOKEN=§", GITHUB_FINE),
    ("dotenv", "SECRET_KEY_BASE=§", drawn(64, HEX)),
    ("yaml", "password: §", HUNTER),
    ("yaml", "  password: §", HORSE),
    ("yaml", '  db_password: "§"  # rotate', QWOP),
    ("yaml", "slack_token: §", SLACK),
    ("yaml", "    client-secret: §", drawn(24)),
    ("yaml", "env: { NPM_TOKEN: '§' }", NPM),
    ("json", '  "password": "§",', HORSE),
    ("json", '{"auth":{"user":"a","apiKey":"§"}}', ANY),
    ("json", r'"body": "{\"password\": \"§\"}"', HUNTER),
    ("json", f'"private_key": "{begin()}\\n§\\n{end()}"', "\\n".join(body())),
    ("toml", 'token = "§"', PYPI),
    ("toml", 'password = "§"', HORSE),
    ("ini", "password = §", HUNTER),
    ("ini", "smtp_pass=§", TROUB),
    ("properties", "spring.datasource.password=§", HUNTER),
    ("xml", "<password>§</password>", HORSE),
    ("xml", '<add key="ApiKey" value="§" />', HEX32),
    ("xml", '<property name="connection.password" value="§"/>', HUNTER),
    ("sql", "CREATE USER app IDENTIFIED BY '§';", HORSE),
    ("sql", "ALTER ROLE app WITH PASSWORD '§';", HUNTER),
    ("terraform", '  master_password = "§"', FISH),
    ("powershell", '$password = ConvertTo-SecureString "§" -AsPlainText -Force', HUNTER),
    ("powershell", 'Connect-Acme -User bob -Password "§"', HORSE),
    ("clojure", '{:user "bob" :password "§"}', HORSE),
    ("python", 'smtp.login("bob", "§")', HORSE),
    ("java", 'return new PasswordAuthentication("bob", "§".toCharArray());', HUNTER),
    ("python", 'PASSWORDS = ["§"]', HUNTER),
    ("javascript", 'const apiKeys = { main: "§" };', HEX32),
    ("yaml", "contraseña: §", HUNTER),
    ("http", "GET /x?access_token=§ HTTP/1.1", HEX32),
    ("http", "Authorization: Basic §", drawn(28)),
    ("conf", "requirepass §", HUNTER),
    ("conf", "machine acme.io login bob password §", HORSE),
    ("markdown", "Log in with token `§` and see.", HUB),
    ("text", "the key is §, ask Ann", SENDGRID),
    ("text", "vault login §", VAULT),
    ("log", "2026-01-01 GET https://x-token-auth:§@bitbucket.org/a", ANY),
]  # fmt: skip

# Texts of several lines, with each secret in them.
BLOCKS = [
    ("yaml", "db:\n  password: |\n    §\n  user: app\n", [PHRASE]),
    ("yaml", "env:\n  - name: DB_PASSWORD\n    value: §\n", [QWOP]),
    ("python", 'API_KEY = (\n    "§"\n    "§"\n)\nprint(1)\n', [drawn(20), drawn(21)]),
    ("python", 'password = "§" + "§"\n', [HORSE, QWOP]),
    ("json", '{\n  "token":\n    "§"\n}\n', [ANY]),
    ("python", 'password = \\\n    "§"\n', [HORSE]),
    ("pem", f"{begin('RSA ')}\n§\n§\n§\n§\n{end('RSA ')}\n", body()),
    ("pem", f"{begin('OPENSSH ')}\n§\n§\n§\n§\n", body()),  # never closed
    ("pem", f"§\n§\n§\n§\n{end()}\n", body()),  # it begins above the window
    ("pem", "§\n§\n§\n§\n§\n\n", [*body(), drawn(20)]),  # and ends below it
    ("python", f'KEY = """{begin("EC ")}\n§\n§\n"""\nx = 1\n', body(2)),
    ("yaml", f"tls:\n  key: |\n    {begin()}\n    §\n    §\n", body(2)),
    ("java", f'String k = "{begin()}\\n" +\n    "§\\n" +\n    "§\\n";\n', body(2)),
]  # fmt: skip

LOOK_ALIKES = [
    "password = getpass.getpass('Password: ')",
    'password = input("Enter your password: ")',
    'password = os.environ["DB_PASSWORD"]',
    "password = config.get('password')",
    "password: str",
    "password: Optional[str] = None",
    'password = ""',
    "password=password,",
    "login(user, password=args.password, token=token)",
    'PASSWORD_FIELD = "password"',
    'password_label = "Password"',
    'token_type = "bearer"',
    'TOKEN_URL = "https://accounts.acme.io/o/oauth2/v2/token1"',
    'tokens = text.split(" ")',
    'token = tokens[3]',
    'pad_token = "<pad>"',
    'eos_token: str = "</s>"',
    'if token == "EOF":',
    'tokenizer = "google/bert_uncased_L-2_H-128_A-2"',
    "token = next(self.tokens)",
    "self.secret_key = secret_key",
    "secret = os.urandom(32)",
    'secret_name = "db/main/password"',
    "api_key = settings.API_KEY",
    'api_key = "your-api-key-here"',
    'API_KEY = "<API_KEY>"',
    'API_KEY = "${API_KEY}"',
    'password: "${DB_PASSWORD}"',
    "password: ${{ secrets.DB_PASSWORD }}",
    "DB_PASSWORD=$DB_PASSWORD",
    "DB_PASSWORD=${DB_PASSWORD:?}",
    "password = var.db_password",
    'f"postgres://{user}:{password}@{host}/{name}"',
    '"postgres://%s:%s@%s/%s" % parts',
    "http://localhost:8080/path?x=1",
    "https://example.com/@user/repo:1.2.3",
    "git@github.com:acme/repo.git",
    'if text.startswith("-----BEGIN RSA PRIVATE' + ' KEY-----"):',
    'KEY = "AKIA' + "IOSFODNN7" + 'EXAMPLE"',
    'token = "ghp_' + "x" * 36 + '"',
    ".sk-estimator-doc-link.fitted:hover { color: red }",
    "hf_hub_download(repo_id, filename)",
    "npm_config_registry=https://registry.acme.io",
    'assert digest == "' + "d41d8cd98f00b204" + 'e9800998ecf8427e"',
    'REVISION = "' + drawn(40, HEX) + '"',
    'known_hash = "sha256:' + drawn(64, HEX) + '"',
    "import secrets, keyring, tokenize",
    "from passlib.hash import bcrypt",
    "def test_wrong_password_is_refused(client):",
    "class PasswordField(forms.CharField):",
    'key = "name"',
    'keys = ["a", "b"]',
    'sort_key = "created_at"',
    'primary_key=True, unique=True',
    'cache_key = f"user:{user_id}"',
    'raise ValueError("The password must have 8 characters.")',
    '"password": {"type": "string", "minLength": 8}',
    '<input type="password" name="password" autocomplete="new-password">',
    "<label for='password'>Password</label>",
    "private String password;",
    "const { password, token } = req.body;",
    "if (!password) return res.status(401);",
    "func (c *Client) SetPassword(password string) error {",
    "let token: Token = lexer.next()?;",
    "pub fn token(&self) -> &str {",
    "SELECT password, token FROM users WHERE id = 1",
    "password VARCHAR(255) NOT NULL,",
    '"keywords": ["token", "secret", "password"]',
    "basic authentication and bearer tokens are supported",
    ":param password: the password of the user",
    "author: Ann Example",
    "authorization = request.headers['Authorization']",
    "compass = bypass = trespass = 1",
    "pass  # nothing to do",
    "PWD=$(pwd)",
    'uuid = "' + "-".join(drawn(n, HEX) for n in (8, 4, 4, 4, 12)) + '"',
    'integrity: "sha512-" + hash',
    "Token(type=1, string='x', start=(1, 0))",
    "x-api-key: ${API_KEY}",
    'Authorization: Bearer ${TOKEN}',
    "--password PASSWORD  the password",
    "token, rest = line.split(':', 1)",
    'expect(screen.getByLabelText("Password")).toBeVisible()',
]  # fmt: skip


def filled(text, secrets):
    for secret in secrets:
        text = text.replace("§", secret, 1)
    return text


# All of them: (language, text with its secrets, the secrets).
SAMPLES = [
    *((language, filled(text, [secret]), [secret]) for language, text, secret in ONE_LINE),
    *((language, filled(text, secrets), secrets) for language, text, secrets in BLOCKS),
]


def left_of(secrets, text, around=""):
    """The pieces of four characters of any secret that are in `text`, if not for `around` it."""
    pieces = {each[i : i + 4] for each in secrets for i in range(len(each) - 3)}
    return {piece for piece in pieces if piece in text and piece not in around}
