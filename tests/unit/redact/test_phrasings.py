# ruff: noqa: E501  # phrasings are read best in one line each
"""Phrasings of their own, written when the detector was done: each is one way in which a secret, or none, is told."""

import pytest
from unit.redact import planted

from memo_jupyter.redact.redactor import Redactor

SECRET = [
    'db_pass: "{p}"',
    'engine = sqlalchemy.create_engine(f"mssql+pyodbc://sa:{p}@{{host}}/db")',
    'spark.conf.set("fs.azure.account.key.shop.dfs.core.windows.net", "{k}")',
    'spark.conf.set("spark.hadoop.fs.s3a.secret.key", "{k}")',
    "my_secret = '{p}'",
    'openai.api_key = "{k}"',
    'genai.configure(api_key="{k}")',
    'os.environ.update({{"API_TOKEN": "{k}", "N": "3"}})',
    'user, password = "ada", "{p}"',
    'creds = ("ada", "{p}")',
    'creds = {{"username": "ada", "pass": "{p}"}}',
    'login_data = dict(user="ada", pwd="{p}")',
    "<password>{p}</password>",
    '<add key="ApiKey" value="{k}"/>',
    "Namespace(host='x', token='{k}', debug=False)",
    "Config(user='ada', password='{p}')",
    "password=SecretStr('{p}')",
    "jupyter notebook --NotebookApp.token={k}",
    "http://localhost:8888/lab?token={k}",
    "AirflowException: connection postgres://etl:{p}@wh:5432/dw refused",
    "mysql.connector.connect(host='h', user='u', passwd='{p}')",
    "snowflake.connector.connect(user='u', password='{p}', account='x')",
    "ftp = FTP('h'); ftp.login('u', '{p}')",
    "ssh.connect('h', username='u', password='{p}')",
    "export HF_TOKEN={k} && python x.py",
    '!echo "{p}" | sudo -S apt install x',
    "!HF_TOKEN={k} python train.py",
    "docker run -e POSTGRES_PASSWORD={p} postgres",
    "%sql postgresql://u:{p}@h/d",
    "!PGPASSWORD='{p}' psql",
    "headers = {{'x-api-key': '{k}'}}",
    "headers={{'Api-Key': '{k}'}}",
    "headers = dict(Authorization='Bearer {k}')",
    "session.headers.update({{'PRIVATE-TOKEN': '{k}'}})",
    "session.auth = ('u', '{p}')",
    "cookies = {{'.ASPXAUTH': '{k}'}}",
    '{{"access_token":"{k}","refresh_token":"x","token_type":"Bearer"}}',
    "('TOKEN', '{k}')",
    "TOKEN     {k}",
    "api_token\t{k}",
    "apikey {k}",
    "Your API key is {k}",
    "Your new password is: {p}",
    "token is {k}",
    "Temporary password: {p}",
    "The secret: {k}",
    "env: OPENAI_API_KEY={k}",
    "env: DB_PASSWORD={p}",
    "│ password │ {p} │",
    "shape: (1, 2)\n┌──────┬──────────────────────┐\n│ user ┆ api_key              │\n╞══════╪══════════════════════╡\n│ ada  ┆ {k20} │\n└──────┴──────────────────────┘",
    "user,password\nada,{p}\n",
    'AZURE_OPENAI_API_KEY = "{h}"',
    "subscription_key = '{h}'",
    'weather_key = "{h}"',
    'API_KEY = "{h}"',
    "https://api.openweathermap.org/data/2.5/weather?q=Bern&appid={h}",
    "newsapi = NewsApiClient(api_key='{h}')",
    "fred = Fred(api_key='{h}')",
    "quandl.ApiConfig.api_key = '{k20}'",
    'consumer_secret = "{k}"',
    "access_token_secret='{k}'",
    "mapbox_access_token = '{k}'",
    "st_secrets = {{'db_pw': '{p}'}}",
    "smtp_pass='{p}'",
    "SMTP_PASS: {p}",
    "keyring.set_password('svc', 'ada', '{p}')",
    'pw = "{p}"',
    "PASSWORT = '{p}'",
    "private_key='{h}{h}'",
    "jdbc:postgresql://h/d?user=u&password={p}",
    "jdbc:sqlserver://h;databaseName=d;user=u;password={p};",
    "smb://dom;u:{p}@h/share",
    "Server=h;Database=d;UID=u;PWD={p}",
    "rclone_pass = {p}",
]

INNOCENT = """model.load_state_dict(torch.load("best_model_acc0.9312_ep12.pt")["model"])
key = df["customer_key"].iloc[0]
df.merge(other, on="session_key_v2")
passes = [1,2,3]; pass
'pass': 12, 'fail': 3
pass_rate: 0.9231
auth_users = df[df.auth == "yes"]
x = {"session": "2021-08-05T12:34:56", "n": 1}
session = requests.Session()
spark = SparkSession.builder.appName("App2021").getOrCreate()
session_id = 20210805123456
SessionID: 17
secret_word = "APPLE"
tok = "##ing12"
{"token_count": 1234, "key_count": 12}
vocab = {"token_1": 0, "Ġtoken2": 1}
key: value
Key Error: 3
public_key: MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A
keys: dict_keys(['a1b2', 'c3d4'])
hdf key='/df_2021/table_v3'
redis.get("user:1234:profile:v2")
cache[key] = "a1B2c3D4e5F6"
s3://bucket/key=2021/part-00000-3f2a1b4c-5d6e-7f80-9a1b-2c3d4e5f6a7b-c000.snappy.parquet
"etag": "W/\\"5f3c1e2d4b\\""
wandb: Run data is saved locally in /home/a/wandb/run-20210805_123456-1x2y3z4w
wandb: View run at https://wandb.ai/ada/churn/runs/1x2y3z4w
mlflow run 4f3c2b1a0d9e8f7a6b5c4d3e2f1a0b9c
Experiment id: 3f2a1b4c5d6e7f80
job_id: j-3AXXXXXXII39V
arn:aws:iam::123456789012:role/Admin
arn:aws:s3:::my-bucket/path/2021
i-0abcd1234efgh5678
password_reset_tokens table has 12 rows
SELECT password FROM users
df.drop(columns=["password", "token"])
df[["user", "password", "salary2021"]]
columns = ["api_key", "created_at2", "x"]
WHERE token = 'foo' AND n > 3
assert token == "hello"
def f(api_key: str = None, token: Optional[str] = None):
parser.add_argument("--token", help="API token to use", default=None)
parser.add_argument('--password', type=str, required=True)
click.option("--api-key", envvar="SHOP_API_KEY2")
getenv("API_KEY", "")
with open("token.txt") as f: token = f.read().strip()
token = Path("~/.token_v2").expanduser().read_text()
print("Password:", "*" * 8)
Basic statistics: mean=3.2
basic_block2_conv1.weight
Bearer of bad news2021
Cookie Monster = 3
cookie: chocolate-chip-2021
author_key=Smith2021
\\cite{key=Vaswani2017Attention}
@article{devlin2019bert, title={BERT}}
bibtex key: DBLP:conf/naacl/DevlinCLT19
chembl_id: CHEMBL25, inchi_key: BSYNRYMUTXBXSQ-UHFFFAOYSA-N
zinc id ZINC000003830891
pubchem sid: 144206602
openml.datasets.get_dataset(40945)
kaggle datasets download -d zynicide/wine-reviews
hf://datasets/stanfordnlp/imdb@e6281661ce1c48d982bc483cf8a173c1bbeb5d31
model_key = "resnet50d.ra4_e3600_r224_in1k"
"key": "attn.c_proj.weight_v2"
sk-learn==1.4.2
keypoints: [[12, 3], [4, 5]]
key="C#m7b5"
API_KEY_NAME = 'X-Api-Key2'
plt.annotate('p=0.0012', xy=(1,2))
pd.util.hash_pandas_object(df)[0] 17453412340998123412
sha1:67c9e60124b6:29b2ee4e41
digest = "sha256-Xk3jY8n+7TtG1zq0Vb5mWcR4uS9eLfA2oHdPiN6yQ8w="
nbformat cell id: 7fb27b941602401d91542211134fc71a
passport_no = "C01X00T47"
otp_enabled = True
sid = df["sid"].unique()
SID: 001x
session: 3 of 12
{'auth': None, 'verify': True}
auth = HTTPBasicAuth(user, pw)
auth_url = "https://x.org/oauth2/v2.0/authorize"
token_url='https://login.example.org/oauth2/token'
credentials = service_account.Credentials.from_service_account_file("key.json")
credentials_path = "config/creds_v2.json"
secrets.choice(words)
pw_cosine = 0.31; pw_dist = [1,2]
pw = pairwise_distances(X)""".strip().split("\n")


@pytest.mark.parametrize("phrase", SECRET)
def test_no_eight_characters_of_a_secret_are_left_however_it_is_told(phrase):
    make = planted.Maker(phrase)
    for _ in range(5):
        made = {"p": make.password(), "k": make.mixed(32), "k20": make.mixed(20), "h": make.of(planted.HEX, 32)}
        done = Redactor().redact(phrase.format(**made))
        told = [value for name, value in made.items() if "{" + name + "}" in phrase]
        assert done.found
        assert not [value for value in told for at in range(len(value) - 7) if value[at : at + 8] in done.text]


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_speaks_of_secrets_stays(text):
    assert Redactor().redact(text).text == text
