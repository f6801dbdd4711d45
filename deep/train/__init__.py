"""Training on Lightning: the tasks are in `deep.train.tasks`, which needs the extra `train`."""

from deep.train.fitting import fit
from deep.train.history import History, plot_history
from deep.train.overfitting import overfit_one_batch
from deep.train.transfer import cache_features, head_of

__all__ = ["History", "cache_features", "fit", "head_of", "overfit_one_batch", "plot_history"]
