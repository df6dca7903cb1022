"""Secrets that tell by their own shape what they are: prefixes that services give their tokens.

The shapes are those that the services document, or that public scanners name. They ask for less than a token's whole
length, since an output cap may have cut it. A shape is only looked for where one of its `hints`, plain words, stands.
"""

from __future__ import annotations

from typing import NamedTuple

_W = r"[A-Za-z0-9_-]"
_A = r"[A-Za-z0-9]"
_H = r"[0-9a-fA-F]"
_Q = r"[\"'\\]{0,4}"


def _first(prefix: str) -> str:
    """Make the pattern of a prefix that begins a word, also after an escape of repr or of a URL.

    What stands before it is looked at last, so that Python's engine skips to the prefix's first letter.
    """
    return rf"{prefix}(?:(?<![A-Za-z0-9]{prefix})|(?<=\\[nrt]{prefix})|(?<=%[0-9A-F]{{2}}{prefix}))"


class Shape(NamedTuple):
    """A sort of secret: words of which one has to be in the text, and its pattern; group 1, if any, is the secret."""

    sort: str
    hints: tuple[str, ...]
    pattern: str


SHAPES = (
    Shape("github-token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"gh[pousr]_(?:{_A}{{12,}}|{_A}{{4,}}\Z)"),
    Shape("github-token", ("github_pat_",), r"github_pat_[A-Za-z0-9_]{4,}"),
    Shape(
        "gitlab-token",
        ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glptt-", "glagent-", "gloas-", "glimt-", "glffct-"),
        rf"gl(?:pat|dt|ft|soat|rt|cbt|ptt|agent|oas|imt|ffct)-{_W}{{4,}}(?:\.{_W}+)*",
    ),
    Shape("slack-token", ("xox", "xapp-"), r"(?:xox[abeoprs]|xapp)-(?:[0-9A-Za-z.]+-)*[0-9A-Za-z]{4,}"),
    Shape(
        "slack-webhook",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{8,})",
    ),
    Shape("discord-webhook", ("/api/webhooks/",), rf"/api/webhooks/\d{{6,}}/({_W}{{16,}})"),
    Shape("teams-webhook", (".webhook.office.com/",), r"\.webhook\.office\.com/webhookb2/([A-Za-z0-9@/_-]{20,})"),
    Shape("stripe-key", ("k_live_", "k_test_", "whsec_"), rf"(?:[srp]k_(?:live|test)|whsec)_{_A}{{8,}}"),
    Shape("anthropic-key", ("sk-ant-",), rf"sk-ant-{_W}{{4,}}"),
    Shape(
        "openai-key",
        ("sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"),
        rf"sk-(?:proj|svcacct|admin|None)-{_W}{{8,}}",
    ),
    Shape("openai-key", ("T3BlbkFJ",), rf"sk-{_W}{{0,180}}?T3BlbkFJ{_W}*"),
    Shape("openrouter-key", ("sk-or-",), rf"sk-or-{_W}{{16,}}"),
    Shape(
        "api-key", ("sk-",), rf"{_first('sk-')}(?:[a-z0-9]{{2,10}}-)?(?=[A-Za-z]*[0-9])(?=[0-9a-z]*[A-Z0-9]){_A}{{20,}}"
    ),
    Shape(
        "huggingface-token",
        ("hf_", "api_org_"),
        r"(?:(?<![A-Za-z0-9_])hf|(?<=\\[nrt])hf|api_org)_[A-Za-z0-9]{15,}(?![_])",
    ),
    Shape("npm-token", ("npm_",), rf"npm_(?=[a-z]*[A-Z0-9]){_A}{{16,}}"),
    Shape("npm-token", ("_authToken", "_auth"), r"_auth(?:Token)?\s*=\s*([^\s\"'$]{8,})"),
    Shape("pypi-token", ("pypi-Ag",), rf"pypi-Ag{_W}{{10,}}"),
    Shape("sendgrid-key", ("SG.",), rf"{_first('SG[.]')}{_W}{{16,}}(?:\.{_W}*)?"),
    Shape("telegram-token", (":AA",), rf"(?<![0-9])[0-9]{{8,10}}:AA{_W}{{28,}}"),
    Shape("discord-token", (".",), rf"{_first('[MNO]')}{_W}{{22,27}}\.{_W}{{6}}\.{_W}{{27,38}}(?!{_W})"),
    Shape("google-api-key", ("AIza",), rf"AIza{_W}{{20,}}"),
    Shape("google-token", ("ya29.",), rf"ya29\.{_W}{{8,}}"),
    Shape("google-token", ("1//0",), rf"{_first('1//0')}{_W}{{20,}}"),
    Shape("google-client-secret", ("GOCSPX-",), rf"GOCSPX-{_W}{{8,}}"),
    Shape("gcp-key-id", ("private_key_id",), rf"private_key_id{_Q}\s*[:=]\s*{_Q}({_H}{{16,}})"),
    Shape(
        "aws-key-id",
        ("AKIA", "ASIA", "ABIA", "ACCA", "AROA", "AIDA"),
        r"(?<![A-Za-z0-9/+])(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{8,16}(?![A-Za-z0-9/+=])",
    ),
    Shape("aws-session-token", ("FwoG", "IQoJ"), rf"{_first('(?:FwoG|IQoJ)')}[A-Za-z0-9+/=%]{{60,}}"),
    Shape("jwt", ("eyJ",), rf"eyJ{_W}{{8,}}(?:\.{_W}{{4,}}(?:\.{_W}*){{0,3}}|\Z)"),
    Shape("twilio-key", ("SK",), rf"{_first('SK')}[0-9a-f]{{32}}(?!{_A})"),
    Shape("digitalocean-token", ("_v1_",), rf"do[opr]_v1_{_H}{{16,}}"),
    Shape("databricks-token", ("dapi", "dose"), rf"{_first('d(?:api|ose)')}{_H}{{32}}(?:-\d)?"),
    Shape("groq-key", ("gsk_",), rf"gsk_{_A}{{16,}}"),
    Shape("xai-key", ("xai-",), rf"{_first('xai-')}{_A}{{30,}}"),
    Shape("perplexity-key", ("pplx-",), rf"pplx-{_A}{{16,}}"),
    Shape("fireworks-key", ("fw_",), rf"{_first('fw_')}{_A}{{22,}}"),
    Shape("replicate-token", ("r8_",), rf"{_first('r8_')}{_A}{{20,}}"),
    Shape("nvidia-key", ("nvapi-",), rf"nvapi-{_W}{{16,}}"),
    Shape("wandb-key", ("wandb_v1_",), rf"wandb_v1_{_W}{{16,}}"),
    Shape("langsmith-key", ("lsv2_",), rf"lsv2_(?:pt|sk)_{_H}{{16,}}(?:_{_H}+)?"),
    Shape("langfuse-key", ("k-lf-",), rf"[sp]k-lf-{_H}{{8}}[0-9a-f-]+"),
    Shape("tavily-key", ("tvly-",), rf"tvly-{_W}{{16,}}"),
    Shape("pinecone-key", ("pcsk_",), rf"pcsk_{_W}{{16,}}"),
    Shape("vault-token", ("hvs.", "hvb.", "hvr."), rf"{_first('hv[sbr][.]')}{_W}{{16,}}"),
    Shape("terraform-token", (".atlasv1.",), rf"{_A}{{14}}\.atlasv1\.{_W}{{16,}}"),
    Shape("doppler-token", ("dp.",), rf"{_first('dp[.]')}(?:pt|st|ct|sa|scim|audit)\.{_W}{{16,}}"),
    Shape("pulumi-token", ("pul-",), rf"{_first('pul-')}[0-9a-f]{{40}}"),
    Shape("docker-token", ("dckr_",), rf"dckr_(?:pat|oat)_{_W}{{8,}}"),
    Shape("rubygems-key", ("rubygems_",), rf"rubygems_{_H}{{16,}}"),
    Shape("planetscale-token", ("pscale_",), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{16,}"),
    Shape("supabase-key", ("sbp_", "sb_secret_"), rf"(?:sbp_{_H}{{16,}}|sb_secret_{_W}{{16,}})"),
    Shape("sentry-token", ("sntry",), r"sntry[us]_[A-Za-z0-9_=+/-]{16,}"),
    Shape("airtable-token", ("pat",), rf"{_first('pat')}{_A}{{14}}\.{_H}{{16,}}"),
    Shape("atlassian-token", ("ATATT3", "ATCTT3"), r"AT[AC]TT3[A-Za-z0-9_=-]{16,}"),
    Shape("facebook-token", ("EAA",), rf"{_first('EAA')}[A-Z]{_A}{{80,}}"),
    Shape("linear-key", ("lin_",), rf"lin_(?:api|oauth)_{_A}{{16,}}"),
    Shape("notion-token", ("secret_", "ntn_"), rf"(?:{_first('secret_')}{_A}{{43}}|ntn_{_A}{{30,}})"),
    Shape("figma-token", ("figd_", "figdr_"), rf"figdr?_{_W}{{16,}}"),
    Shape("postman-key", ("PMAK-",), rf"PMAK-{_H}{{8,}}(?:-{_H}*)?"),
    Shape("newrelic-key", ("NRAK-", "NRJS-", "NRII-"), rf"NR(?:AK|JS|II)-{_W}{{12,}}"),
    Shape("grafana-token", ("glc_", "glsa_"), r"gl(?:c|sa)_[A-Za-z0-9_+/=]{16,}"),
    Shape("shopify-token", ("shp",), rf"shp(?:at|ca|pa|ss)_{_H}{{16,}}"),
    Shape("square-token", ("sq0", "EAAA"), rf"sq0[a-z]{{3}}-{_W}{{16,}}"),
    Shape("mailchimp-key", ("-us",), rf"(?<!{_A}){_H}{{32}}-us\d{{1,2}}(?!{_A})"),
    Shape("mailgun-key", ("key-",), rf"{_first('key-')}[0-9a-f]{{32}}(?!{_A})"),
    Shape("azure-secret", ("Q~",), r"[A-Za-z0-9_.~-]{3}\dQ~[A-Za-z0-9_.~-]{16,34}"),
    Shape("azure-key", ("AccountKey=", "SharedAccessKey="), r"(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/=%]{16,})"),
    Shape("artifactory-key", ("AKC",), rf"{_first('AKCp')}{_A}{{20,}}"),
    Shape("age-key", ("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[A-Z0-9]{16,}"),
    Shape("onepassword-token", ("ops_eyJ",), r"ops_eyJ[A-Za-z0-9+/_=-]{16,}"),
    Shape("dropbox-token", ("sl.",), rf"{_first('sl[.]')}(?:u\.)?{_W}{{120,}}"),
    Shape(
        "password-hash",
        ("$2", "$6$", "$5$", "$argon2", "$y$"),
        r"\$(?:2[abxy]|5|6|y|argon2id?)\$[./A-Za-z0-9$,=+]{20,}",
    ),
    Shape(
        "kaggle-key", ("username",), rf"username{_Q}\s*:\s*{_Q}[\w.-]+{_Q}\s*,\s*{_Q}key{_Q}\s*:\s*{_Q}({_H}{{16,}})"
    ),
    Shape("jwk", ("kty",), rf"[\"'](?:d|p|q|dp|dq|qi|k)[\"']\s*:\s*[\"']({_W}{{20,}})"),
)
