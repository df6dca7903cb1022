# ruff: noqa: E501, ISC004  # cases are read best in one line each
"""What looks like a secret and is none, and has to stay. Half was written for, the other half held out."""

import base64
import random
import string
from dataclasses import dataclass

HEX = string.digits + "abcdef"
ALNUM = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Innocent:
    group: str
    text: str
    half: str


def _hex(make, length):
    return "".join(make.choices(HEX, k=length))


def _uuid(make):
    return "-".join(_hex(make, size) for size in (8, 4, 4, 4, 12))


def _drawn(make, alphabet, length):
    return "".join(make.choices(alphabet, k=length))


def _figure(make, size):
    return "iVBORw0KGgo" + base64.b64encode(make.randbytes(size)).decode()


# {x} is what the group's generator makes.
GENERATED = {
    "git commit": (
        lambda m: _hex(m, 40),
        "commit {x}\nAuthor: Ada <ada@example.org>|repo.head.object.hexsha == '{x}'|HEAD is now at {x}|"
        'git+https://github.com/huggingface/transformers.git@{x}|!git checkout {x}|revision = "{x}"|'
        "{{'commit': '{x}', 'dirty': False}}|Index: {x}..{x}",
    ),
    "digest": (
        lambda m: _hex(m, m.choice([32, 40, 64])),
        "{x}  data/train.csv|assert hashlib.sha256(raw).hexdigest() == '{x}'|sha256: {x}|md5 = '{x}'|checksum: \"{x}\"|"
        'ETag: "{x}"|  key   value\n0  {x}  1.5|                               hash  n\n0  {x}  3\n1  {x}  4|'
        "     id                             key\n0     1 {x}\n1     2 {x}|cache_key = '{x}'|cache key: {x}|"
        "Collecting x --hash=sha256:{x}|df['hash'].iloc[0]\n'{x}'|'sha256:{x}'|key='{x}'|{{'key': '{x}', 'n': 3}}",
    ),
    "uuid": (
        _uuid,
        "{x}|run_id = '{x}'|{{'id': '{x}', 'name': 'run'}}|kernel {x} started|"
        "                                     id  n\n0  {x}  1|session: {x}|uuid.UUID('{x}')|key={x}",
    ),
    "ulid": (
        lambda m: "01" + _drawn(m, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
        "{x}|id = '{x}'|remembered {x}|record {x} (cell)",
    ),
    "figure": (
        lambda m: _figure(m, 300),
        "data:image/png;base64,{x}|<img src=\"data:image/png;base64,{x}\">|{{'image/png': '{x}'}}|Image(data=b64decode('{x}'))",
    ),
    "dna": (
        lambda m: _drawn(m, "ACGT", 60),
        ">seq1\n{x}|seq = Seq('{x}')|primer: {x}|{{'sequence': '{x}'}}|key = '{x}'",
    ),
    "protein": (
        lambda m: _drawn(m, "ACDEFGHIKLMNPQRSTVWY", 70),
        ">sp|P69905|HBA\n{x}|protein = '{x}'|tokens = tok('{x}')",
    ),
    "number": (
        lambda m: _drawn(m, "123456789", 24),
        "{x}|n = {x}|0.{x}|2**80 = {x}|key: {x}|account id {x}|token count: {x}|max_tokens={x}",
    ),
    "drive id": (
        lambda m: "1" + _drawn(m, ALNUM + "-_", 32),
        "!gdown --id {x}|https://drive.google.com/file/d/{x}/view|gdown.download(id='{x}', output='a.zip')|file_id = '{x}'",
    ),
    "slurm": (
        lambda m: _drawn(m, "123456789", 8),
        "Submitted batch job {x}|slurm-{x}_4.out|SLURM_JOB_ID={x}|JobId={x} JobName=fit",
    ),
    "hashed columns": (
        lambda m: _hex(m, 8),
        "feature_{x}  feature_{x}\n0  1.0  2.0|df[['c_{x}', 'c_{x}']]|Index(['h{x}', 'h{x}'], dtype='object')",
    ),
}

WRITTEN = {
    "no secret is assigned": """
password = None
password = getpass()
password = getpass.getpass('Password: ')
token = os.environ["GITHUB_TOKEN"]
token = os.environ.get('HF_TOKEN')
token = os.getenv("SLACK_BOT_TOKEN")
api_key = config.api_key
api_key = settings["api_key"]
api_key=api_key
client = Client(api_key=os.environ["API_KEY"])
client = OpenAI(api_key=my_key)
secret = load_secret('prod/db')
password: str
password: Optional[str] = None
def login(user: str, password: str) -> None: ...
def connect(host, user, password=None, token=None): ...
token = userdata.get('HF_TOKEN')
secret = secrets.token_hex(16)
SECRET_KEY = get_random_secret_key()
headers = {"Authorization": f"Bearer {token}"}
headers = {'Authorization': 'Bearer ' + token}
url = f"postgresql://{user}:{password}@{host}/shop"
%env API_KEY=$OTHER_KEY
export TOKEN=$(cat token.txt)
export DB_PASSWORD="$PGPASSWORD"
password = input("Password: ")
if not password: raise ValueError('password is missing')
passwords = df["password"].str.len()
print(f"token: {token[:4]}…")
api_key = st.secrets["openai_key"]
auth=(user, password)
token = login_response.json()["access_token"]
password = keyring.get_password("shop", "ada")
!curl -u $USER:$PASS https://example.org
curl -H "Authorization: Bearer $TOKEN" https://example.org
password=${DB_PASSWORD}
credential=DefaultAzureCredential()
raise AuthenticationError("No API key provided")
TypeError: login() missing 1 required positional argument: 'password'
Enter password: ········
password: ********
""",
    "token in language work": """
tokens = tokenizer.encode("Hello world")
tokenizer.pad_token = tokenizer.eos_token
pad_token = "<pad>"
eos_token="<|endoftext|>"
{'bos_token': '<s>', 'eos_token': '</s>', 'unk_token': '<unk>'}
tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
token_embedding.weight   torch.Size([50257, 768])
text_model.embeddings.token_embedding.weight
token_type_ids = torch.zeros_like(input_ids)
for token in doc: print(token.text, token.lemma_)
token = 'unbelievable'
token: ##ization
tokens: ['ĠHello', 'Ġworld', '##ing']
num_tokens=4096, max_new_tokens=512
token_pattern=r"(?u)\\b\\w\\w+\\b"
CountVectorizer(token_pattern='[A-Za-z0-9]{3,}')
mask_token='[MASK]', cls_token='[CLS]'
token_id: 50256
next_token = logits.argmax(-1)
prompt tokens: 1834, completion tokens: 212
TOKENIZERS_PARALLELISM=false
token    count\n0  covid19  12\n1  H1N1  3
{'token': 'New York2024', 'score': 0.99}
[{'score': 0.12, 'token': 2535, 'token_str': 'role'}]
stop_token = "###END-OF-TURN"
""",
    "key": """
sorted(rows, key=lambda row: row[1])
sorted(names, key=str.lower)
df.sort_values("a", key=lambda s: s.str.lower())
json.dumps(told, sort_keys=True)
pd.read_hdf('store.h5', key='measurements_2021_Q3')
df.groupby(pd.Grouper(key="created_at", freq="D"))
df.to_hdf("a.h5", key="table_v2_final")
primary_key = "customer_id"
foreign_key='orders.customer_id'
key = 'user_2021_08_purchases'
s3.get_object(Bucket='open-data', Key='climate/2021/08/temperature_v3.parquet')
keys = ['id', 'created_at']
KeyError: 'customer_id_2021'
cache_key = f"{model}:{version}:{digest}"
st.button('Run', key='run_button_17')
partition_key = "region#eu-west-1"
key="column"
public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 ada@laptop"
for key, value in told.items(): print(key, value)
jax.random.PRNGKey(42)
key, subkey = jax.random.split(key)
merge_keys = dict(left_on='key_left', right_on='key_right')
keyboard = 'QWERTYUIOP1234'
monkey = 'Macaca2Fascicularis9'
torch.load('a.pt')['state_dict']['encoder.layer.11.attention.self.key.weight']
attention.self.key.weight  torch.Size([768, 768])
missing keys: ['lm_head.weight', 'score.bias']
""",
    "ids and references": """
doi:10.1038/s41586-021-03819-2
https://doi.org/10.1103/PhysRevLett.116.061102
arXiv:2103.00020v1
PMID: 34265844, PMC8371605
ENSG00000139618 BRCA2 ENST00000380152.8
rs1801133 NM_005957.5:c.665C>T
SRR12345678_1.fastq.gz
GSE147507 GSM4432378
RCSB 7K00, UniProt P0DTC2
ISBN 978-3-16-148410-0
CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O
smiles = "CN1C=NC2=C1C(=O)N(C(=O)N2C)C"
C[C@H](N)C(=O)N1CCC[C@H]1C(=O)O
InChIKey=BSYNRYMUTXBXSQ-UHFFFAOYSA-N
InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)
OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O
ORCID 0000-0002-1825-0097
DE89 3704 0044 0532 0130 00
2021-08-05T12:34:56.789012+00:00
0x7f3c5c1e2d30
<__main__.Model object at 0x7f8b2c3d4e50>
#1f77b4 #ff7f0e #2ca02c #d62728
colors = ['#4c72b0', '#dd8452', '#55a868']
cmap = {'a': '#0a1b2c3d'}
AKI_stage_KDIGO
sk-learn, sk-image and sk-video
hf_hub_download(repo_id="bert-base-uncased", filename="config.json")
ghp_pages_branch
npm_config_registry=https://registry.example.org
pypi-stats shows 3 downloads
""",
    "paths and models": """
/home/ada/projects/churn/data/2021-08-05_export_v3.parquet
C:\\Users\\Ada\\Documents\\Experiment42\\results_final2.xlsx
s3://open-data-bucket/climate/2021/temperature.parquet
gs://cloud-samples-data/ai-platform/census/data/adult.data.csv
abfss://container@account.dfs.core.windows.net/raw/2021
https://raw.githubusercontent.com/mwaskom/seaborn-data/master/penguins.csv
sentence-transformers/all-MiniLM-L6-v2
meta-llama/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf
TheBloke/Mistral-7B-Instruct-v0.2-GGUF
openai/clip-vit-large-patch14-336
stabilityai/stable-diffusion-xl-base-1.0
ckpt = 'epoch=12-step=48750-val_loss=0.0312.ckpt'
runs/Aug05_12-34-56_node17/events.out.tfevents.1628166896.node17.1234.0
numpy==1.26.4 pandas==2.2.3 torch==2.3.1+cu121
torch-2.3.1+cu121-cp311-cp311-linux_x86_64.whl
Python 3.11.7 (main, Dec  8 2023, 18:56:58) [GCC 11.4.0] on linux
https://example.org/search?q=hash+tables&page=2
https://example.org/a?key=name&sort=desc
https://arxiv.org/abs/2103.00020?context=cs.CV
https://www.youtube.com/watch?v=dQw4w9WgXcQ
https://docs.google.com/spreadsheets/d/e/2PACX/pub?output=csv
ssh ada@login.cluster.example.org
git@github.com:ada/churn.git
docker pull ghcr.io/ada/churn:v1.4.2
conda install -c conda-forge pytorch=2.3.1=cuda120_py311h25b6552_300
http://localhost:8888/lab/tree/churn.ipynb
postgresql://localhost:5432/shop
redis://cache:6379/0
jdbc:postgresql://db.example.org:5432/shop
sqlite:////home/ada/data/shop_2021.db
/opt/secrets/README.md
path = "/run/secrets/db_password"
GOOGLE_APPLICATION_CREDENTIALS=/home/ada/keys/shop.json
token_path = 'models/tokenizer/vocab_v2.json'
tokenizer_file = "tokenizer-32k-v3.model"
""",
    "plain": """
random_state=42
np.random.seed(20210805)
Author: ada@example.org
Author: Ada Lovelace <ada@example.org>
mean    123456.789012\nstd      98765.432101
Epoch 12/50 - loss: 0.3124 - val_loss: 0.2987 - auc: 0.9123
accuracy_score(y_test, y_pred)
The secret of good plots is simplicity.
Passwords are hashed with bcrypt before they are stored.
the author authored an authoritative paper on tokenization
secretary problem: optimal stopping at n/e
compass = 'NNW'; passenger_count = 4; bypass=True
passenger_class = 'FirstClass2'
n_passes = 3; password_length = 16
password_strength: strong
password policy: at least 12 characters, 1 digit
pwd
!pwd\n/home/ada/projects/churn
PWD=/home/ada/projects/churn2
%cd ~/projects/pass1
login attempts: 3, failed: 1
authors: Smith, J. and Doe, A. (2021)
credentials: none found
bearer bonds yield 2.5 percent
cookie_count = 12; cookies accepted: 2021
{'secret_santa': 'Bob', 'budget': 20}
grid = GridSearchCV(model, param_grid, cv=5, n_jobs=-1)
auth_type = 'oauth2'
token_type: bearer
"token_type": "Bearer", "expires_in": 3600
secret_name = "prod/shop/db-2"
password_field = 'user_password2'
api_key_header = "X-API-Key"
API_KEY_ENV = "SHOP_API_KEY_V2"
secretsmanager.get_secret_value(SecretId='prod/shop/db2')
ssh-keygen -t ed25519 -C "ada@example.org"
SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDGGQcN7VnJ1Kq9zXU ada@laptop (ED25519)
key fingerprint is SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDGGQcN7VnJ1Kq9zXU
<script integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC">
keyword = "climate2021change"
-----BEGIN PUBLIC KEY-----
-----BEGIN CERTIFICATE-----
""",
}


def cases():
    """Give every innocent text."""
    make = random.Random(20260402)
    found = []
    for group, (shape, templates) in GENERATED.items():
        for _ in range(2):
            for template in templates.replace("sp|P69905|HBA", "P69905").split("|"):
                found.append((group, template.replace("{x}", shape(make)).replace("{{", "{").replace("}}", "}")))
    for group, lines in WRITTEN.items():
        found += [(group, line.replace("\\n", "\n")) for line in lines.strip("\n").split("\n")]
    toss = random.Random(8)
    return [Innocent(*case, half=toss.choice(["known", "held"])) for case in found]
