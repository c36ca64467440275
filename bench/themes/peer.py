"""The peer: TF-IDF and k-means, as the scikit-learn guide groups texts, told how many themes there are.

    python -m bench.themes.peer < {"texts": [...], "themes": 12} > {"TF-IDF + k-means": [...], ...}

Runs in Rasa's environment, where scikit-learn is. Both ways of the guide, with and without latent semantic analysis
(scikit-learn.org/stable/auto_examples/text/plot_document_clustering.html): a label for each text.
"""

import json
import sys

from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

SEED = 7


def main() -> None:
    asked = json.load(sys.stdin)
    words = TfidfVectorizer(max_df=0.5, min_df=5, stop_words="english").fit_transform(asked["texts"])
    meanings = make_pipeline(TruncatedSVD(100, random_state=SEED), Normalizer(copy=False)).fit_transform(
        words
    )
    found = {
        name: KMeans(asked["themes"], n_init=10, random_state=SEED).fit(features).labels_.tolist()
        for name, features in (("TF-IDF + k-means", words), ("TF-IDF + LSA + k-means", meanings))
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
