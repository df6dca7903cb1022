# cases are read best in one line each
"""Secrets planted in cells: each is put together from parts by a seeded generator, so that no real shape stands here.

Half of the cases (`half="known"`) the detector was written with; the other half (`half="held"`) was written before it,
and first looked at when it was done.
"""

import base64
import json
import random
import string
from dataclasses import dataclass

LETTERS = string.ascii_letters
ALNUM = LETTERS + string.digits
HEX = string.digits + "abcdef"
BASE64 = ALNUM + "+/"
URLSAFE = ALNUM + "-_"
UPPER = string.ascii_uppercase + "234567"


@dataclass(frozen=True)
class Planted:
    sort: str
    place: str
    text: str
    secret: str
    half: str


class Maker(random.Random):
    """Random parts of secrets."""

    def of(self, alphabet, length):
        return "".join(self.choices(alphabet, k=length))

    def mixed(self, length, alphabet=ALNUM):
        """Small, capital and figure at least, as generated secrets of this length practically always have."""
        made = list(self.of(alphabet, length - 3) + "kQ7")
        self.shuffle(made)
        return "".join(made)

    def encoded(self, size):
        return base64.b64encode(self.randbytes(size)).decode()

    def segment(self, **told):
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    def password(self):
        return self.choice(
            [
                lambda: self.mixed(12),
                lambda: self.mixed(10) + self.choice("!#$%*^~"),
                lambda: (
                    self.choice("Tulpe Berg Wolke Kessel".split())
                    + self.of(string.digits, 4)
                    + self.choice("!?_-")
                    + self.mixed(4)
                ),
                lambda: self.mixed(6) + "-" + self.mixed(6) + "-" + self.mixed(6),
                lambda: self.mixed(16, ALNUM + "!#%*+-_.~"),
            ]
        )()


def pem(make, kind="RSA "):
    lines = make.encoded(48 * make.randint(4, 12)).strip()
    body = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    return f"-----BEGIN {kind}PRIVATE" + f" KEY-----\n{body}\n" + f"-----END {kind}PRIVATE" + " KEY-----"


# What a secret of a sort looks like by itself: it is to be found wherever it stands.
SHAPES = {
    "github": lambda m: "gh" + m.choice("pousr") + "_" + m.of(ALNUM, 36),
    "github fine-grained": lambda m: "github" + "_pat_" + m.of(ALNUM, 22) + "_" + m.of(ALNUM, 59),
    "gitlab": lambda m: "gl" + "pat-" + m.of(URLSAFE, 19) + "x",
    "slack bot": lambda m: (
        "xo" + "xb-" + m.of(string.digits, 12) + "-" + m.of(string.digits, 12) + "-" + m.of(ALNUM, 24)
    ),
    "stripe": lambda m: m.choice("sr") + "k_" + "live_" + m.of(ALNUM, 24),
    "openai project": lambda m: "sk" + "-proj-" + m.of(ALNUM, 74) + "T3Blbk" + "FJ" + m.of(ALNUM, 74),
    "openai": lambda m: "s" + "k-" + m.of(ALNUM, 20) + "T3Blbk" + "FJ" + m.of(ALNUM, 20),
    "anthropic": lambda m: "sk-" + "ant-" + "api03-" + m.of(URLSAFE, 93) + "AA",
    "huggingface": lambda m: "h" + "f_" + m.of(LETTERS, 34),
    "npm": lambda m: "np" + "m_" + m.of(ALNUM, 36),
    "pypi": lambda m: "py" + "pi-AgEIcHlwaS5vcmc" + m.of(URLSAFE, 90) + "x",
    "sendgrid": lambda m: "S" + "G." + m.of(ALNUM, 22) + "." + m.of(ALNUM, 43),
    "telegram": lambda m: m.of("123456789", 10) + ":" + "AA" + m.of(URLSAFE, 32) + "x",
    "discord": lambda m: "M" + m.of(ALNUM, 23) + "." + m.of(ALNUM, 6) + "." + m.of(ALNUM, 27),
    "google api": lambda m: "AI" + "za" + m.of(ALNUM, 35),
    "aws id": lambda m: "AK" + "IA" + m.of(UPPER, 16),
    "jwt": lambda m: (
        m.segment(alg="HS256", typ="JWT")
        + "."
        + m.segment(sub=m.of(HEX, 8), exp=1999999999)
        + "."
        + m.of(URLSAFE, 42)
        + "x"
    ),
    "twilio key": lambda m: "S" + "K" + m.of(HEX, 32),
    "digitalocean": lambda m: "do" + "p_v1_" + m.of(HEX, 64),
    "databricks": lambda m: "da" + "pi" + m.of(HEX, 32),
    "google oauth": lambda m: "ya" + "29." + m.of(URLSAFE, 120) + "x",
    "google client": lambda m: "GOC" + "SPX-" + m.of(ALNUM, 28),
    "groq": lambda m: "gs" + "k_" + m.of(ALNUM, 52),
    "replicate": lambda m: "r" + "8_" + m.of(ALNUM, 37),
    "vault": lambda m: "hv" + "s." + m.of(ALNUM, 95),
    "docker": lambda m: "dckr" + "_pat_" + m.of(URLSAFE, 26) + "x",
    "mailchimp": lambda m: m.of(HEX, 32) + "-u" + "s" + m.choice("1 7 12 21".split()),
    "airtable": lambda m: "pat" + m.of(ALNUM, 14) + "." + m.of(HEX, 64),
    "nvidia": lambda m: "nv" + "api-" + m.of(URLSAFE, 63) + "x",
    "azure secret": lambda m: m.of(ALNUM, 3) + "8" + "Q~" + m.of(ALNUM, 34),
}

ANYWHERE = [
    ("code", 'client = Client("{s}")\nclient.list()'),
    ("output", "{s}"),
    ("traceback", "----> 1 raise KeyError(value)\n\nKeyError: '{s}'"),
    ("dataframe", "    service  {pad}value\n0  internal  {s}\n1     other  {none}"),
    ("url", "requests.get('https://api.example.org/v1/items?access={s}&page=2')"),
    ("code", "headers = {{'X-Thing': '{s}', 'Accept': 'application/json'}}"),
    ("output", "{{'user': 'ada', 'value': '{s}', 'n': 3}}"),
    ("traceback", "HTTPError: 401 Client Error: Unauthorized for url: https://x.example.org/a?x={s}"),
    ("dataframe", "| name | value |\n|---|---|\n| main | {s} |"),
    ("code", "!echo {s} > /tmp/x"),
    ("output", "connected with {s}, 3 rows read.\n"),
    ("code", "# old one: {s}\nx = 1"),
    ("dataframe", "name          ada\nvalue    {s}\nn               3\ndtype: object"),
    ("url", "git clone https://ada:{s}@example.org/team/repo.git"),
]

# What only the words around it tell. In a template, {s} is the secret.
PASSWORDS = [
    ("code", 'password = "{s}"'),
    ("code", "db = connect(host='db', user='ada', password='{s}')"),
    ("output", "{{'user': 'ada', 'password': '{s}'}}"),
    ("output", '{{"user": "ada", "passwd": "{s}", "port": 5432}}'),
    (
        "traceback",
        "      2 \n----> 3 conn = connect(user='ada', passwd='{s}')\n      4 x\n\nOperationalError: no route",
    ),
    ("traceback", 'File "/tmp/a.py", line 3, in <module>\n    login(user, password="{s}")\nValueError: bad login'),
    ("dataframe", "   user     {pad}password\n0   ada     {s}\n1   bob     {none}"),
    ("dataframe", "user       ada\npassword   {s}\nName: 0, dtype: object"),
    ("code", "%env DB_PASSWORD={s}"),
    ("code", "%set_env DB_PASSWORD={s}"),
    ("code", "%%bash\nexport PGPASSWORD={s}\npsql -h db -U ada"),
    ("code", "%%bash\nexport MYSQL_PWD='{s}'\nmysql -u ada"),
    ("code", 'os.environ["DB_PASSWORD"] = "{s}"'),
    ("code", "os.environ.setdefault('SMTP_PASSWORD', '{s}')"),
    ("code", '!mysql -u ada --password={s} -e "select 1"'),
    ("code", "!tool login --user ada --password {s}"),
    ("code", "!curl -u ada:{s} https://example.org/a"),
    ("code", "!curl --user 'ada:{s}' https://example.org/b"),
    ("code", "requests.get(url, auth=('ada', '{s}'))"),
    ("code", "HTTPBasicAuth('ada', \"{s}\")"),
    ("output", "machine example.org login ada password {s}"),
    ("output", "machine example.org\n  login ada\n  password {s}\n"),
    ("output", "db.example.org:5432:shop:ada:{s}"),
    ("output", "*:*:*:ada:{s}\n"),
    ("code", 'df.write.format("jdbc").option("user", "ada").option("password", "{s}").save()'),
    ("code", "smtp.login('ada@example.org', '{s}')"),
    ("output", "DB_HOST=db\nDB_PASSWORD={s}\nDB_PORT=5432"),
    ("output", "[db]\nhost = db\npassword = {s}\n"),
    ("output", "db:\n  host: db\n  password: {s}\n  port: 5432"),
    ("output", "DEBUG Password: {s}"),
    ("code", "PASSWORD: str = '{s}'"),
    ("code", "if password == '{s}':\n    go()"),
    ("code", 'conn = "Driver={{ODBC}};Server=db;Uid=ada;Pwd={s};Encrypt=yes;"'),
    ("code", "conn = 'Server=db;User Id=ada;Password={s};'"),
    ("code", "ssh_passphrase = '''{s}'''"),
    ("code", "!sshpass -p {s} ssh ada@example.org"),
    ("code", "config = dict(secret_key='{s}', debug=True)"),
    ("code", "app.config['SECRET_KEY'] = '{s}'"),
]
KEYS = [
    ("code", 'api_key = "{s}"'),
    ("code", "client = Client(api_key='{s}')"),
    ("output", '{{"api_key": "{s}", "n": 1}}'),
    ("output", "API key: {s}"),
    ("traceback", "AuthError: invalid api_key='{s}'"),
    ("traceback", '----> 2 r = Client(apiKey="{s}")\n\nTypeError: bad'),
    ("dataframe", "   team    {pad}api_key\n0  blue    {s}\n1   red    {none}"),
    ("dataframe", "  access_token{fill}  n\n0 {s}  1"),
    ("url", "https://api.example.org/v1/x?api_key={s}&q=1"),
    ("url", "GET https://api.example.org/v1/x?q=1&token={s} 403"),
    ("url", "pd.read_csv('https://example.org/a.csv?key={s}')"),
    ("url", "https://example.org/hook?sig={s}&v=2"),
    ("code", "%env SOME_API_TOKEN={s}"),
    ("code", "%set_env SERVICE_TOKEN {s}"),
    ("code", "!tool push --token {s}"),
    ("code", "!tool push --api-key={s} --all"),
    ("code", 'headers = {{"Authorization": "Bearer {s}"}}'),
    ("output", "Authorization: Bearer {s}\nAccept: */*"),
    ("code", '!curl -H "X-Api-Key: {s}" https://example.org'),
    ("code", '!curl -H "Authorization: token {s}" https://example.org'),
    ("output", "Cookie: theme=dark; sessionid={s}"),
    ("output", "Set-Cookie: session={s}; Path=/; HttpOnly"),
    ("code", "requests.get(url, cookies={{'sessionid': '{s}'}})"),
    ("code", "s.headers['Cookie'] = 'sid={s}; lang=en'"),
    ("code", 'os.environ["SERVICE_TOKEN"] = "{s}"'),
    ("code", "os.environ['SOME_KEY']='{s}'"),
    ("code", '%%bash\nexport CLIENT_SECRET="{s}"\nrun'),
    ("code", "%%bash\nSECRET_TOKEN={s} ./run.sh"),
    ("code", "client_secret = '{s}'  # rotate"),
    ("output", "client_secret: {s}"),
    ("code", 'token = "{s}"'),
    ("output", "{{'token': '{s}', 'expires_in': 3600}}"),
    ("code", "login(token='{s}')"),
    ("code", "auth_token = b'{s}'"),
    ("output", '{{\\"access_token\\": \\"{s}\\", \\"scope\\": \\"all\\"}}'),
    ("output", 'access_token="{s}" refreshed'),
]
URLS = [
    ("code", 'engine = create_engine("{scheme}://ada:{s}@db.example.org:5432/shop")'),
    ("output", "{scheme}://ada:{s}@db.example.org/shop"),
    ("traceback", "OperationalError: cannot reach '{scheme}://ada:{s}@db.example.org/shop'"),
    ("code", "%sql {scheme}://ada:{s}@localhost/shop"),
    ("dataframe", "  name  {pad}url\n0 shop  {scheme}://ada:{s}@db/shop"),
    ("code", "DATABASE_URL={scheme}://ada:{s}@db/shop"),
    ("code", "!pip install --index-url {scheme}://ada:{s}@pypi.example.org/simple x"),
    ("output", "redis: {scheme}://:{s}@cache:6379/0 ok"),
]
SCHEMES = "postgresql mysql+pymysql mongodb+srv https redis amqp".split()


def _special(make):
    """What has a form of its own: sort, place, text, secret."""
    secret = make.of(BASE64, 38) + "aZ7"[: make.randint(2, 2)]
    yield "aws secret", "code", f'aws_secret_access_key = "{secret}"', secret
    secret = make.mixed(40, BASE64)
    yield (
        "aws secret",
        "output",
        f"[default]\naws_access_key_id = {SHAPES['aws id'](make)}\naws_secret_access_key = {secret}\n",
        secret,
    )
    secret = make.mixed(40)
    yield "aws secret", "code", f"%env AWS_SECRET_ACCESS_KEY={secret}", secret
    secret = make.mixed(40, BASE64)
    yield (
        "aws secret",
        "traceback",
        f"----> 1 boto3.client('s3', aws_secret_access_key='{secret}')\n\nClientError: x",
        secret,
    )
    secret = make.mixed(40, BASE64)
    yield "aws secret", "dataframe", f"Access key ID,Secret access key\n{SHAPES['aws id'](make)},{secret}\n", secret
    secret = make.mixed(40)
    yield "aws secret", "code", f"boto3.Session('{SHAPES['aws id'](make)}', '{secret}')", secret
    for style in ("{k}", "key = '''{k}'''", "Traceback (most recent call last):\nValueError: {k}"):
        for kind in ("RSA ", "", "OPENSSH ", "EC "):
            secret = pem(make, kind)
            yield "pem", "output", style.format(k=secret), secret.split("\n", 1)[1].rsplit("\n", 1)[0]
    secret = pem(make, "")
    told = {
        "type": "service_account",
        "project_id": "shop",
        "private_key_id": make.of(HEX, 40),
        "private_key": secret + "\n",
    }
    yield "gcp", "output", json.dumps(told), secret.split("\n")[2]
    yield "gcp", "code", f"info = {told!r}\nconnect(info)", secret.split("\n")[3]
    yield "gcp", "output", json.dumps(told, indent=2), secret.split("\n")[1]
    yield "gcp key id", "output", json.dumps(told, indent=2), told["private_key_id"]
    for cut in (1, 2, 3):
        lines = pem(make, "").split("\n")
        yield "pem, no end", "output", "the key:\n" + "\n".join(lines[: 2 + cut])[:-9], lines[2][:40]
        lines = pem(make, "RSA ").split("\n")
        yield "pem, no begin", "output", "\n".join(lines[cut:])[7:] + "\ndone", lines[-2]


def _keys(make):
    """Keys of clouds and services."""
    key = base64.b64encode(make.randbytes(64)).decode()
    connection = f"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={key};EndpointSuffix=core.windows.net"
    yield "azure storage", "code", f'conn = "{connection}"', key
    yield "azure storage", "output", connection, key
    yield "azure storage", "traceback", f"ValueError: bad connection string '{connection}'", key
    key = base64.b64encode(make.randbytes(64)).decode()
    yield "azure storage", "code", f'BlobServiceClient(url, credential="{key}")', key
    key = base64.b64encode(make.randbytes(32)).decode()
    hub = f"Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={key}"
    yield "azure bus", "code", f"conn = '{hub}'", key
    yield "azure bus", "output", hub, key
    for place, text in (
        (
            "url",
            "https://shop.blob.core.windows.net/a/b.csv?sv=2022-11-02&st=2026-01-01&se=2027-01-01&sr=b&sp=r&sig={s}",
        ),
        ("code", "sas = '?sv=2022-11-02&ss=b&srt=sco&sp=rwd&se=2027-01-01&sig={s}'"),
    ):
        key = base64.b64encode(make.randbytes(32)).decode().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
        yield "azure sas", place, text.format(s=key), key
    for place, text in (
        (
            "url",
            "https://b.s3.amazonaws.com/k.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=600&X-Amz-Signature={s}",
        ),
        (
            "traceback",
            "HTTPError: HTTP Error 403: https://b.s3.amazonaws.com/k?X-Amz-Date=20260101T000000Z&X-Amz-Signature={s}",
        ),
        ("url", "https://storage.googleapis.com/b/k?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature={s}"),
        ("url", "https://d1.cloudfront.net/k?Expires=1999999999&Signature={s}&Key-Pair-Id=K2JCJMDEHXQW5F"),
    ):
        key = make.of(HEX, 64)
        yield "presigned", place, text.format(s=key), key
    for place, text in (
        ("code", '%%writefile kaggle.json\n{{"username":"ada","key":"{s}"}}'),
        ("output", '{{"username": "ada", "key": "{s}"}}'),
        ("code", 'os.environ["KAGGLE_KEY"] = "{s}"'),
        ("code", "%env KAGGLE_KEY={s}"),
    ):
        key = make.of(HEX, 32)
        yield "kaggle", place, text.format(s=key), key
    for place, text in (
        ("code", 'wandb.login(key="{s}")'),
        ("code", "!wandb login {s}"),
        ("code", "%env WANDB_API_KEY={s}"),
        ("output", "machine api.wandb.ai\n  login user\n  password {s}"),
        ("output", "wandb: Appending key for api.wandb.ai: WANDB_API_KEY={s}"),
        ("traceback", "AuthenticationError: WANDB_API_KEY='{s}' is not valid"),
    ):
        key = make.of(HEX, 40)
        yield "wandb", place, text.format(s=key), key
    for place, text in (
        ("code", "account_sid = 'x'\nauth_token = '{s}'"),
        ("code", "TWILIO_AUTH_TOKEN={s}"),
        ("output", '{{"auth_token": "{s}"}}'),
        ("code", 'twilio_auth_token: str = "{s}"'),
    ):
        key = make.of(HEX, 32)
        yield "twilio auth", place, text.format(s=key), key
    for place, text in (
        ("code", 'headers = {{"Authorization": "Basic {s}"}}'),
        ("output", "Authorization: Basic {s}"),
        ("traceback", "RuntimeError: sent headers {{'authorization': 'Basic {s}'}}"),
        ("code", "!curl -H 'Proxy-Authorization: Basic {s}' https://example.org"),
    ):
        key = base64.b64encode(f"ada:{make.password()}".encode()).decode()
        yield "basic auth", place, text.format(s=key), key
    for place, text in (
        ("url", "https://hooks." + "slack.com/services/{s}"),
        ("code", "requests.post('https://hooks." + "slack.com/services/{s}', json=told)"),
    ):
        key = "T" + make.of(UPPER, 8) + "/B" + make.of(UPPER, 8) + "/" + make.of(ALNUM, 24)
        yield "slack hook", place, text.format(s=key), key.rsplit("/", 1)[1]
    for place, text in (
        ("url", "https://discord" + ".com/api/webhooks/112233445566778899/{s}"),
        ("code", "hook = 'https://discord" + ".com/api/webhooks/112233445566778899/{s}'"),
    ):
        key = make.of(URLSAFE, 67) + "x"
        yield "discord hook", place, text.format(s=key), key


def _cut(make):
    """A token of which an output cap has taken the end."""
    for sort in (
        "github",
        "anthropic",
        "huggingface",
        "gitlab",
        "sendgrid",
        "jwt",
        "google oauth",
        "github fine-grained",
    ):
        for keep in (0.5, 0.75):
            secret = SHAPES[sort](make)
            secret = secret[: int(len(secret) * keep)]
            yield f"{sort}, cut", "output", f"rows: 3\nsent {secret}", secret
    for text in ('password = "{s}', "'api_key': '{s}", "Authorization: Bearer {s}", "postgresql://ada:{s}"):
        secret = make.mixed(18)
        yield "cut", "output", "x = 1\n" + text.format(s=secret), secret


def _filled(template, secret, make):
    none = "None".rjust(len(secret)) if "{pad}" in template else "None"
    words = {"pad": " " * max(0, len(secret) - 8), "fill": " " * max(0, len(secret) - 12), "none": none}
    if "{pad}" in template:  # pandas puts the header's end above the values' end
        header = template.split("{pad}", 1)[1].split("\n", 1)[0]
        words["pad"] = " " * max(0, len(secret) - len(header))
    return template.format(s=secret, scheme=make.choice(SCHEMES), **words)


def cases():
    """Give every planted secret."""
    make = Maker(20260401)
    found = []
    for number, (sort, shape) in enumerate(SHAPES.items()):
        for turn in range(7):
            place, template = ANYWHERE[(number * 3 + turn * 2) % len(ANYWHERE)] if turn else ANYWHERE[number % 14]
            secret = shape(make)
            found.append((sort, place, _filled(template, secret, make), secret))
    for sort, templates, shape in (
        ("password", PASSWORDS, lambda m: m.password()),
        ("api key", KEYS, lambda m: m.choice([m.mixed(20), m.mixed(32), m.mixed(40), m.mixed(24, ALNUM + "-_")])),
        ("url password", URLS, lambda m: m.mixed(m.randint(9, 20))),
    ):
        for _ in range(2):
            for place, template in templates:
                secret = shape(make)
                found.append((sort, place, _filled(template, secret, make), secret))
    found += [*_special(make), *_keys(make), *_cut(make)]
    toss = random.Random(7)
    return [Planted(*case, half=toss.choice(["known", "held"])) for case in found]
