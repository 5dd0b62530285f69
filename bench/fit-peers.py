"""Default XGBoost and scikit-learn, and AutoGluon where this Python has it, on the rows that a fit was
given: JSON of their scores."""

import json
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from xgboost import XGBClassifier, XGBRegressor

train_file, test_file, target, seed, seconds = sys.argv[1:6]
train = pd.read_csv(train_file, skipinitialspace=True, na_values=["?"])
test = pd.read_csv(test_file, skipinitialspace=True, na_values=["?"])
numeric = pd.api.types.is_numeric_dtype(train[target])
if not numeric:
    # Adult's test file ends its classes with a full stop.
    for frame in (train, test):
        frame[target] = frame[target].str.strip(".")


def features(frame):
    columns = []
    for name in train.columns:
        if name == target:
            continue
        if pd.api.types.is_numeric_dtype(train[name]):
            columns.append(frame[name].to_numpy(float))
        else:
            words = {word: i for i, word in enumerate(sorted(train[name].dropna().unique()))}
            columns.append(frame[name].map(words).to_numpy(float))
    return np.stack(columns, 1)


def score(found, truth):
    return float(np.sqrt(np.mean((found - truth) ** 2)) if numeric else np.mean(found == truth))


x, x_test = features(train), features(test)
if numeric:
    y, y_test = train[target].to_numpy(), test[target].to_numpy()
    ways = {"XGBoost's default": XGBRegressor, "scikit-learn's HistGradientBoosting": HistGradientBoostingRegressor}
else:
    names = sorted(train[target].unique())
    y, y_test = (frame[target].map(names.index).to_numpy() for frame in (train, test))
    ways = {"XGBoost's default": XGBClassifier, "scikit-learn's HistGradientBoosting": HistGradientBoostingClassifier}
scores = {
    name: score(way(random_state=int(seed)).fit(x, y).predict(x_test), y_test) for name, way in ways.items()
}

try:
    from autogluon.tabular import TabularPredictor
except ImportError:
    print("AutoGluon is not in this Python: it is left out", file=sys.stderr)
else:
    # Its default preset, in the time that the fit had.
    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(
            label=target, path=folder, eval_metric="rmse" if numeric else "accuracy", verbosity=0
        ).fit(train, time_limit=float(seconds))
        found = predictor.predict(test.drop(columns=target)).to_numpy()
        scores["AutoGluon's default"] = score(found, test[target].to_numpy())
print(json.dumps(scores))
