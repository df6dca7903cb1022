# ruff: noqa: E501  # an environment is read best in columns
import base64
import json
from urllib.parse import quote

import pytest

from memo_jupyter.redact.names import secrets_of_environment
from memo_jupyter.redact.redactor import Redactor

VALUE = "vrk/Plo+9' \"q\\w;Zt&ü"
PLAIN = "mxrTqp47wLzz81"


def left(value, text):
    return [value[at : at + 8] for at in range(len(value) - 7) if value[at : at + 8] in text]


WAYS = {
    "as it is": lambda value: value,
    "in a URL": lambda value: quote(value, safe=""),
    "in JSON": lambda value: json.dumps({"a": value}),
    "in JSON of other scripts": lambda value: json.dumps({"a": value}, ensure_ascii=False),
    "in JSON with escaped slashes": lambda value: json.dumps(value).replace("/", "\\/"),
    "in repr": lambda value: repr([value]),
    "in JSON in JSON": lambda value: json.dumps(json.dumps({"a": value})),
    "in bytes": lambda value: repr(value.encode()),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("value", [VALUE, PLAIN], ids=["signs", "plain"])
def test_a_known_value_is_found_however_it_is_written(way, value):
    text = f"before {way(value)} after"
    done = Redactor(known=[value]).redact(text)
    assert done.text.startswith("before ")
    assert done.text.endswith(" after")
    assert [one.sort for one in done.found] == ["known-value"]
    assert not left(value, done.text)


@pytest.mark.parametrize("before", ["", "a", "ad", "ada:", "user@example:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_known_value_is_found_in_base64_whatever_stands_before_it(before, encode):
    code = encode(f"{before}{PLAIN} and more".encode()).decode()
    done = Redactor(known=[PLAIN]).redact(f"x {code}")
    assert done.found
    assert len(done.text.replace("[secret: known value]", "")) < len(code) - len(PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        f"sent {PLAIN[:7]}\n{PLAIN[7:]} away",
        f"sent {PLAIN[:7]}\n      {PLAIN[7:]} away",
        f"('{PLAIN[:5]}'\n '{PLAIN[5:]}')",
        f"0  ada  {PLAIN[:9]}...",
        f"0  ada  {PLAIN[:9]}…  1",
        f"and then {PLAIN[:11]}",
        f"{PLAIN[-10:]} was sent",
    ],
)
def test_a_known_value_is_found_where_a_line_or_a_column_or_the_text_cuts_it(text):
    assert not left(PLAIN, Redactor(known=[PLAIN]).redact(text).text.replace("\n", ""))


@pytest.mark.parametrize(
    "value", ["true", "abc12", "", "localhost", "/home/ada/key.json", "~/keys/a", "production", "123456", "${TOKEN}"]
)
def test_what_is_short_or_common_or_a_path_is_not_learned(value):
    redactor = Redactor()
    assert not redactor.learn(value)
    assert redactor.redact(f"x {value} y").text == f"x {value} y"


def test_a_word_is_only_replaced_as_a_word():
    redactor = Redactor(known=["swordfish"])
    assert redactor.redact("swordfish, swordfishes").text == "[secret: known value], swordfishes"


def test_a_value_is_never_shown():
    redactor = Redactor(known=[PLAIN])
    assert PLAIN not in repr(redactor) + repr(redactor._known[PLAIN]) + repr(redactor.redact(PLAIN))


def test_of_the_environment_only_what_is_secret_is_picked():
    made = [f"{PLAIN}{number}" for number in range(8)]
    environ = {
        "GITHUB_TOKEN": made[0], "PGPASSWORD": made[1], "OPENAI_API_KEY": made[2], "DB_PASSWD": made[3], "MYSQL_PWD": made[4],
        "DATABASE_URL": f"postgresql://ada:{made[5]}%21@db/shop", "APP_SECRET": made[6], "NPM_AUTH": made[7],
        "PWD": "/home/ada/mxrTqp47w", "OLDPWD": "mxrTqp47wLzz8222", "TOKENIZERS_PARALLELISM": "false", "MAX_TOKENS": "40961024",
        "SSH_AUTH_SOCK": "/tmp/ssh-x/agent.1", "GOOGLE_APPLICATION_CREDENTIALS": "/home/ada/k.json", "KEYBOARD": "qwertz-layout",
        "AUTHOR": "Ada Lovelace", "HOME": "/home/ada", "PATH": "/usr/bin:/bin", "SECRET_MODE": "strict-mode",
    }  # fmt: skip
    expected = {*made[:5], f"{made[5]}%21", f"{made[5]}!", *made[6:]}
    assert set(secrets_of_environment(environ)) == expected
