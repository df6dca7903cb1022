"""The tasks that several libraries are for, and what is said of each."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """A task that several libraries are for: how the preference is said, and which modules count for which library."""

    said: str
    modules: dict[str, str]


FIELDS = {
    "plotting": Field(
        "Plots with {}",
        {
            "matplotlib": "matplotlib",
            "pylab": "matplotlib",
            "seaborn": "seaborn",
            "plotly": "plotly",
            "altair": "altair",
            "bokeh": "bokeh",
            "plotnine": "plotnine",
            "hvplot": "hvPlot",
            "holoviews": "HoloViews",
        },
    ),
    "frames": Field(
        "Handles data frames with {}",
        {
            "pandas": "pandas",
            "polars": "polars",
            "duckdb": "duckdb",
            "pyspark": "PySpark",
            "dask.dataframe": "dask",
            "modin": "modin",
            "cudf": "cuDF",
            "ibis": "ibis",
        },
    ),
    "arrays": Field("Computes on arrays with {}", {"numpy": "numpy", "jax.numpy": "jax.numpy", "cupy": "cupy"}),
    "models": Field(
        "Fits models with {}",
        {
            **{
                f"sklearn.{part}": "scikit-learn"
                for part in "cluster ensemble gaussian_process linear_model naive_bayes neighbors svm tree".split()
            },
            "xgboost": "xgboost",
            "lightgbm": "lightgbm",
            "catboost": "catboost",
        },
    ),
    "networks": Field(
        "Builds neural networks with {}",
        {
            "torch": "PyTorch",
            "pytorch_lightning": "PyTorch",
            "lightning": "PyTorch",
            "tensorflow": "TensorFlow",
            "keras": "Keras",
            "jax.nn": "JAX",
            "flax": "JAX",
            "equinox": "JAX",
            "haiku": "JAX",
            "optax": "JAX",
            "fastai": "fastai",
        },
    ),
    "statistics": Field(
        "Does statistics with {}",
        {"statsmodels": "statsmodels", "scipy.stats": "scipy.stats", "pingouin": "pingouin"},
    ),
    "bayes": Field(
        "Writes Bayesian models in {}",
        {
            "pymc": "PyMC",
            "pymc3": "PyMC",
            "numpyro": "NumPyro",
            "pyro": "Pyro",
            "cmdstanpy": "Stan",
            "pystan": "Stan",
            "bambi": "bambi",
        },
    ),
    "paths": Field("Handles paths with {}", {"pathlib": "pathlib", "os.path": "os.path"}),
    "http": Field(
        "Makes HTTP requests with {}",
        {"requests": "requests", "httpx": "httpx", "aiohttp": "aiohttp", "urllib.request": "urllib"},
    ),
    "tests": Field("Tests with {}", {"pytest": "pytest", "unittest": "unittest"}),
    "databases": Field(
        "Talks to databases through {}",
        {
            "sqlalchemy": "SQLAlchemy",
            "sqlmodel": "SQLAlchemy",
            "sqlite3": "sqlite3",
            "psycopg2": "psycopg",
            "psycopg": "psycopg",
            "oracledb": "oracledb",
            "pymongo": "pymongo",
            "pyodbc": "pyodbc",
        },
    ),
    "images": Field(
        "Handles images with {}",
        {"PIL": "Pillow", "cv2": "OpenCV", "skimage": "scikit-image", "imageio": "imageio"},
    ),
    "graphs": Field(
        "Handles graphs with {}",
        {"networkx": "networkx", "igraph": "igraph", "graph_tool": "graph-tool", "rustworkx": "rustworkx"},
    ),
    "language": Field(
        "Processes language with {}",
        {"spacy": "spaCy", "nltk": "NLTK", "stanza": "Stanza", "gensim": "gensim", "transformers": "transformers"},
    ),
    "optimisation": Field(
        "Solves optimisation problems with {}",
        {
            "cvxpy": "cvxpy",
            "pulp": "PuLP",
            "pyomo": "Pyomo",
            "ortools": "OR-Tools",
            "gurobipy": "gurobipy",
            "scipy.optimize": "scipy.optimize",
        },
    ),
    "tuning": Field(
        "Tunes models with {}",
        {
            "optuna": "optuna",
            "hyperopt": "hyperopt",
            "skopt": "scikit-optimize",
            "ray.tune": "Ray Tune",
            "sklearn.model_selection.GridSearchCV": "GridSearchCV",
            "sklearn.model_selection.RandomizedSearchCV": "RandomizedSearchCV",
        },
    ),
    "tracking": Field(
        "Tracks experiments with {}",
        {
            "mlflow": "MLflow",
            "wandb": "Weights & Biases",
            "torch.utils.tensorboard": "TensorBoard",
            "neptune": "Neptune",
        },
    ),
    "parallel": Field(
        "Runs work in parallel with {}",
        {
            "joblib": "joblib",
            "multiprocessing": "multiprocessing",
            "concurrent.futures": "concurrent.futures",
            "ray": "Ray",
            "dask.delayed": "dask",
            "dask.distributed": "dask",
        },
    ),
    "logs": Field("Logs with {}", {"logging": "logging", "loguru": "loguru", "structlog": "structlog"}),
    "dates": Field(
        "Handles dates with {}",
        {"datetime": "datetime", "pendulum": "pendulum", "arrow": "arrow", "whenever": "whenever"},
    ),
    "classes": Field(
        "Defines records with {}",
        {"dataclasses": "dataclasses", "pydantic": "pydantic", "attrs": "attrs", "attr": "attrs"},
    ),
    "html": Field("Reads HTML with {}", {"bs4": "BeautifulSoup", "lxml": "lxml", "selectolax": "selectolax"}),
}

UNDERNEATH = {
    "matplotlib": frozenset({"seaborn", "plotnine"}),
    "pandas": frozenset({"dask", "PySpark"}),
    "scikit-learn": frozenset({"xgboost", "lightgbm", "catboost"}),
    "dask": frozenset({"Ray"}),
}
"""What does not count where one of these is used in the same cell: seaborn's plots are titled by matplotlib."""

TAKEN_FOR_GRANTED = frozenset({"numpy", "requests", "logging", "datetime", "multiprocessing", "pytest", "transformers"})
"""What most people use: said only where a rival was seen."""
