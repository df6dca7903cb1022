"""The words that names are made of, and which of them say something of the subject."""

from __future__ import annotations

import re

_PART = re.compile(r"[^\W\d_][^\W\d_]*")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]+)+")
_SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")

_SHORTEST = 4

_EVERYONES = frozenset(
    """
    added alias aliases bytes filenames item modules parser
    about above accuracy across after again aggregate alpha also amount annot append apply args array arrays
    average axes axis back base baseline batch before below best beta between bins bool both bottom build
    builder cache calc call callback categories category cell cells center chart check child chunk class clean
    cleaned clf client code coef color colors cols column columns compare compute concat conf config connection
    content context copy corr cost count counter counts create created current cursor daily data database
    dataframe dataset datasets date dates default delta desc device dict diff dimension dirs display dist
    distance docs done down drop dtype each edge element else empty encode encoded encoder encoding epoch epochs
    error errors estimate estimator estimators eval event example expected export extra factor false feature
    features field fields figsize figure file filename files fill filled filter filtered final find first fits
    fitted flag flags fold folds format found frac frame frames freq from full func function functions generate
    get give given grad grid group grouped groups handle handler hash have head header height hidden high hist
    history host hour hours html hue image images imgs import importance importances impute index indexes
    indices info init initial inner input inputs inside instance items iter iteration iterations join json keep
    kernel keys keyword kind kwargs label labels lagged lags lambda last layer layers left legend length less
    level levels like limit line linear lines list lists load loaded loader local logger logits logs long look
    loop loss losses lower main make many mask masks match matches matrix maximum mean means median merge merged
    message meta method metric metrics middle minimum mode model models module month monthly more most move mult
    name named names nested network next node nodes none norm normal note null number numbers numeric object
    objects offset only open optim optimizer option options order other outer output outputs over pair pairs
    palette param parameter parameters params parent parse parsed part parts path paths pattern percent period
    pipe pipeline plot plots point points pool position pred predict predicted prediction predictions preds
    prefix prepare prev previous print prob proba probability probs process processed proper quantile query
    queue random range rate rates ratio read reader record records reduce reference reg regex remove rename
    repeat replace report request res reset residual residuals resp response result results return right rolling
    root round rows rule same sample samples save scale scaled scaler score scores search second section seed
    select selected self sentence series session setting settings shape shared shift show shuffle side sigma
    sign simple single size sizes slice small smooth sort sorted source split splits stack stage standard start
    state stats status step steps stop store stream string strings style subset suffix summary table target
    targets task temp template test tests text texts than that then there these thing this threshold tick tile
    time times timestamp title tmp token tokenizer tokens total train trained trainer training transform
    transformed tree trial true truth tuple type types under unique unit units until update upper url used user
    using util utils valid validation value values variable variables vars vector vectors version view want week
    weekly weeks weight weights what when where which while whole width window windows with without word words
    work worker world wrap write xlabel xmax xmin xtest xtrain year yearly years ylabel ymax ymin ytest ytrain
    zero zeros
    """.split()
)
"""Words that programs on any subject are full of."""


def parts(name: str) -> list[str]:
    """Split a name into its words, in lower case: ``meanTariff_2024`` into mean and tariff."""
    return [word.lower() for run in _PART.findall(name) for word in _HUMP.split(run)]


def everyones(name: str) -> bool:
    """Tell whether a name says nothing of its subject: ``value``, ``path``."""
    return name.lower() in _EVERYONES


def of_subject(name: str) -> set[str]:
    """Give the words of a name that say something of its subject."""
    return {word for word in parts(name) if _SHORTEST <= len(word) <= 24 and word not in _EVERYONES}  # noqa: PLR2004


def case(name: str) -> str:
    """Tell how a name joins its words: ``snake_case``, ``camelCase`` or, for one word, ``""``."""
    return "snake_case" if _SNAKE.fullmatch(name) else "camelCase" if _CAMEL.fullmatch(name) else ""
