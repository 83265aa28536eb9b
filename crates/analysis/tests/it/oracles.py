"""The same questions to scipy, statsmodels and ruptures: JSON in, JSON out. See oracles.rs."""

import json
import sys

import numpy as np
import ruptures
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

asked = json.load(sys.stdin)


def rank_sum(before, after):
    found = stats.mannwhitneyu(
        before, after, alternative="two-sided", method="asymptotic", use_continuity=False
    )
    return [found.statistic, found.pvalue]


def pelt(series, penalty, min_size):
    found = ruptures.Pelt(model="l2", min_size=min_size, jump=1).fit(np.array(series))
    return found.predict(pen=penalty)[:-1]


def risk_difference(k1, n1, k2, n2):
    low, high = confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff")
    return [k1 / n1 - k2 / n2, low, high]


json.dump(
    {
        "midranks": [stats.rankdata(values).tolist() for values in asked["series"]],
        "rank_sum": [rank_sum(*sides) for sides in asked["sides"]],
        "hodges_lehmann": [
            np.median(np.subtract.outer(after, before)) for before, after in asked["sides"]
        ],
        "normal_quantile": stats.norm.ppf(asked["shares"]).tolist(),
        "normal_cdf": stats.norm.cdf(asked["series"][0]).tolist(),
        "beta_quantile": [stats.beta.ppf(*case) for case in asked["betas"]],
        "fisher": [stats.fisher_exact([[a, b], [c, d]]).pvalue for a, b, c, d in asked["tables"]],
        "risk_difference": [risk_difference(*case) for case in asked["proportions"]],
        "beta_binomial_tail": [
            stats.betabinom.sf(k - 1, n, earlier_k + 0.5, earlier_n - earlier_k + 0.5)
            for k, n, earlier_k, earlier_n in asked["proportions"]
        ],
        "benjamini_hochberg": [
            multipletests(values, method="fdr_bh")[1].tolist() for values in asked["p_values"]
        ],
        "pelt": [pelt(*case) for case in asked["steps"]],
    },
    sys.stdout,
)
