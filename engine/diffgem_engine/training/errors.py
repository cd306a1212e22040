"""Why a run cannot begin or go on.  Every message is one line that says what to do."""


class TrainError(Exception):
    """A run that cannot begin or go on; nothing was saved."""


class PlanChanged(TrainError):
    """A run was resumed with another plan or corpus than the one it was begun with."""


class NothingToTrainOn(TrainError):
    """No text is left on one of the sides that were asked for."""


class UnknownProject(TrainError):
    """A project was named that no source has."""


class StateDamaged(TrainError):
    """A `state.pt` that no run of this model wrote, or wrote to its end."""
